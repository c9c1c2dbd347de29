// Fields of special categories: health, offences, abuse.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace mlup::query {

// Takes the values of such fields out of an opened event, and whether there were any. Of a
// correction it takes out the changes to such fields of the event that it corrects, whose type is
// `corrected`; where that is not known (null), all changes to personal fields. Of a conflict over
// such a field it takes out what was said of it. Pure.
bool MaskSpecial(google::protobuf::Message& event, const google::protobuf::Descriptor* corrected);

}  // namespace mlup::query
