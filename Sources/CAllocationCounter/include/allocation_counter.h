#ifndef LAGWARDEN_ALLOCATION_COUNTER_H
#define LAGWARDEN_ALLOCATION_COUNTER_H

#include <stdint.h>

/* Blocks that the calling thread, or all threads together, have asked for since the process began. */
uint64_t lagwarden_allocations_of_thread(void);
uint64_t lagwarden_allocations_of_process(void);

/* Bytes in blocks that are in use now, in all arenas and mappings of the C library. */
uint64_t lagwarden_bytes_in_use(void);

#endif
