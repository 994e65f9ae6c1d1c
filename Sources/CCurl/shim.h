// What Swift sees of this library; nothing here allocates.
#pragma once
#include <curl/curl.h>

// WHY: Swift cannot call `curl_easy_setopt` and `curl_easy_getinfo`, which are variadic.

/// Sets an option that takes a number or a flag.
static inline CURLcode lagwarden_curl_set_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

/// Sets an option that takes a text; the library copies it.
static inline CURLcode lagwarden_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

/// Sets the body of a POST; the library copies it, so that it may hold any bytes and end at once.
static inline CURLcode lagwarden_curl_set_body(CURL *handle, const void *bytes, size_t count) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_POST, 1L);
  if (code == CURLE_OK) {
    code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
  }
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes) : code;
}

/// Sets the headers; the list must live as long as the transfer.
static inline CURLcode lagwarden_curl_set_headers(CURL *handle, struct curl_slist *list) {
  return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
}

/// Sets where a transfer writes its own words for a failure: `CURL_ERROR_SIZE` bytes.
static inline CURLcode lagwarden_curl_set_error_buffer(CURL *handle, char *buffer) {
  return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

/// Sets what takes the bytes of the answer; one that returns less than it was given ends the transfer.
static inline CURLcode lagwarden_curl_set_receiver(
    CURL *handle, size_t (*receive)(char *bytes, size_t size, size_t count, void *context), void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_WRITEDATA, context) : code;
}

/// Sets what is asked, about once a second or more often, whether the transfer goes on; anything but 0 ends it.
static inline CURLcode lagwarden_curl_set_watch(
    CURL *handle,
    int (*watch)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t), void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L) : code;
}

/// Allows http and https and nothing else, whatever else the library was built with.
static inline CURLcode lagwarden_curl_allow_http_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// The status code of the answer; 0 when there was none.
static inline long lagwarden_curl_status(CURL *handle) {
  long status = 0;
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

/// Seconds that the answer asks to wait (`Retry-After`, also as a date); 0 when it does not say.
static inline curl_off_t lagwarden_curl_retry_after(CURL *handle) {
  curl_off_t seconds = 0;
  return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? seconds : 0;
}
