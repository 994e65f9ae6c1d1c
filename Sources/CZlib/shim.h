// What Swift sees of this library; nothing here allocates.
#pragma once
#include <zlib.h>
