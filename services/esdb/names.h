// Stream names: ours, and those that EventStoreDB clients use.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/status.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

//   client                  kind       stream
//   case-<32 hex>           kDomain    case/<uuid>
//   order-7, orders/7       kExternal  ext/order-7, ext/orders/7
//   $$order-7               kMetadata  ext/$$order-7
//   $ce-order, $et-Paid     kCategory, kType: virtual streams of links; stream is `order`, `Paid`
//   $bc-work-7              kCorrelation: a virtual stream of links; stream is `work-7`
//   $streams                kStreams: a virtual stream of links to the first event of each stream
//   $category-order         kStreamsOfCategory: a virtual stream of names; stream is `order`
//   case-7, $settings, …    kReserved  names of domain categories and other system names: nothing
//                           is ever there, and nobody may write there
enum class NameKind {
  kDomain,
  kExternal,
  kMetadata,
  kCategory,
  kType,
  kCorrelation,
  kStreams,
  kStreamsOfCategory,
  kReserved
};

struct Name {
  NameKind kind = NameKind::kReserved;
  // As the client wrote it.
  std::string client;
  std::string stream;

  // Found in the log when it is read; nothing is stored for it.
  bool IsVirtual() const;
  bool IsExternal() const { return kind == NameKind::kExternal; }
  // The stream that holds the metadata of an external stream.
  std::string MetadataStream() const;
};

// INVALID_ARGUMENT STREAM_NAME_INVALID unless it is 1 to kEsdbNameMax bytes of UTF-8 without
// control characters; with a prefix such as `$$` or `$ce-` so many more.
absl::StatusOr<Name> ParseName(std::string_view client);

// How clients see a stream of ours; empty for the log's own `system/…`, which they do not see. A
// stream below `ext/` that ParseName() would not find under its own name keeps its `ext/`.
std::string ClientName(std::string_view stream);

// The external stream whose metadata this stream holds; empty when it holds none.
std::string StreamOfMetadata(std::string_view stream);

// What stands before the first hyphen; empty when there is none and for system names.
std::string_view ClientCategory(std::string_view client);

// Whether streams of this category are recorded by a domain service.
bool IsDomainCategory(std::string_view category);

// 36 characters from 32 and back; empty for anything else.
std::string WithHyphens(std::string_view hex);
std::string WithoutHyphens(std::string_view uuid);

// The same UUID (version 8) for the same text, always.
std::string UuidOf(std::string_view text);

}  // namespace mlup::esdb
