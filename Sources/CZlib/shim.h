// What Swift sees of this library; nothing here allocates.
#pragma once
#include <string.h>
#include <zlib.h>

/// Prepares `stream` for raw deflate (RFC 1951, no header); `deflateInit2` is a macro, which Swift cannot
/// call.
static inline int lagwarden_deflate_start(z_stream *stream, int level) {
  memset(stream, 0, sizeof(*stream));
  return deflateInit2(stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}

/// Prepares `stream` for inflate; `window_bits` as zlib.h explains them for `inflateInit2`.
static inline int lagwarden_inflate_start(z_stream *stream, int window_bits) {
  memset(stream, 0, sizeof(*stream));
  return inflateInit2(stream, window_bits);
}
