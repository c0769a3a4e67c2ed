// The whole interface between the program and an architecture plugin: one record in the linker section
// "zoo_plugins". Requests and answers are JSON, as Swift types must not cross between separately built images.
#ifndef ZOO_PLUGIN_H
#define ZOO_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  // The version of this interface. Nothing else is read when it differs.
  uint64_t abi;
  // Answers a NUL-terminated JSON request with NUL-terminated JSON from malloc, or NULL when out of memory.
  char *(*respond)(const char *request);
} zoo_plugin_record;

// The records linked into the image that contains this function: the program, or a plugin's shared library.
const zoo_plugin_record *zoo_plugin_records(size_t *count);

#endif
