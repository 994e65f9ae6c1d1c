// What Swift sees of the C library's allocator, whose settings are not part of its module; nothing here allocates.
#pragma once
#include <malloc.h>
