// Both ends of all logs that groups have commits on.
#pragma once
#include "asking.h"

struct sweep_outcome {
    int64_t requests;
    int64_t failures;
};

// Log starts, then ends, of every leader in chunks, two at a time for each leader; fills the table's columns.
//
// Then so many requests of the same size for offsets by time, whose answers only cost.
struct sweep_outcome sweep(struct asking *asking, int look_ups);
