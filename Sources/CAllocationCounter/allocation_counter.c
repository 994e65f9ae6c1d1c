#include "allocation_counter.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

/* The C library's own functions; what is not counted here goes to the same heap, so that blocks may be freed
   by either. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

/* One counter for each thread that ever allocated, so that threads do not wait for each other's cache line;
   threads beyond them share the last. */
enum { counters_max = 1024 };

struct counter {
    _Alignas(64) atomic_uint_fast64_t blocks;
};

static struct counter counters[counters_max];
static atomic_int counters_used;
static _Thread_local int own_counter = -1;

static inline void count(void) {
    if (__builtin_expect(own_counter < 0, 0)) {
        int next = atomic_fetch_add_explicit(&counters_used, 1, memory_order_relaxed);
        own_counter = next < counters_max ? next : counters_max - 1;
    }
    atomic_fetch_add_explicit(&counters[own_counter].blocks, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t each, size_t size) {
    count();
    return __libc_calloc(each, size);
}

void *realloc(void *block, size_t size) {
    count();
    return __libc_realloc(block, size);
}

uint64_t lagwarden_allocations_of_thread(void) {
    if (own_counter < 0) return 0;
    return atomic_load_explicit(&counters[own_counter].blocks, memory_order_relaxed);
}

uint64_t lagwarden_allocations_of_process(void) {
    uint64_t sum = 0;
    for (int index = 0; index < counters_max; index++)
        sum += atomic_load_explicit(&counters[index].blocks, memory_order_relaxed);
    return sum;
}

uint64_t lagwarden_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
