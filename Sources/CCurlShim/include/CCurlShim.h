// libcurl's setters and getters take any number of arguments of any type, which Swift cannot call.
#ifndef ZOO_CURL_SHIM_H
#define ZOO_CURL_SHIM_H

#include <curl/curl.h>

CURLcode zoo_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode zoo_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode zoo_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
// Where messages go: CURL_ERROR_SIZE bytes that live as long as the handle.
CURLcode zoo_curl_set_error_buffer(CURL *handle, char *buffer);
CURLcode zoo_curl_set_receiver(CURL *handle, curl_write_callback receiver, void *context);
// Called about once a second, and oftener while something happens; anything but 0 ends the transfer.
CURLcode zoo_curl_set_watch(CURL *handle, curl_xferinfo_callback watch, void *context);
// http and https only; where `secure`, redirects may lead to https alone.
CURLcode zoo_curl_restrict_protocols(CURL *handle, int secure);

// 0 where unknown.
long zoo_curl_get_long(CURL *handle, CURLINFO info);
// -1 where unknown.
curl_off_t zoo_curl_get_offset(CURL *handle, CURLINFO info);
// The file of certificates that libcurl was built to use; NULL where it uses none.
const char *zoo_curl_certificates(void);

#endif
