// What jemalloc is told when the program starts; nothing where it is not linked.

// By its own name of it. What is freed goes back to the machine within a second, by a thread of the
// allocator's, so that a process that read a large log does not keep what it read it with.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
