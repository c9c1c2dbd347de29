// Threads whose work may wait for that of others.
#pragma once

namespace mlup {

// Names the calling thread and puts it behind those that somebody waits for: while both processors
// are wanted, such a thread gets about a tenth of one, and all of it else. Not the idle class of
// the system: a mutex that such a thread holds would then wait for a free processor, and whoever
// answers a caller behind it. There is no way back without privileges, so a thread that serves
// callers never calls this. At most 15 characters.
void RunInBackground(const char* name);

}  // namespace mlup
