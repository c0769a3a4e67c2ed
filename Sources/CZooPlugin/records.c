#include "zoo_plugin.h"

// The linker defines these around the section; hidden, so that each image sees its own.
extern const zoo_plugin_record __start_zoo_plugins[] __attribute__((weak, visibility("hidden")));
extern const zoo_plugin_record __stop_zoo_plugins[] __attribute__((weak, visibility("hidden")));

const zoo_plugin_record *zoo_plugin_records(size_t *count) {
  *count = (size_t)(__stop_zoo_plugins - __start_zoo_plugins);
  return __start_zoo_plugins;
}
