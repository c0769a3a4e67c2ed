#ifndef ZOO_VERSION_H
#define ZOO_VERSION_H

// The content of the file VERSION, with its line's end. Hidden, as the program's and a plugin's may differ.
__attribute__((visibility("hidden"))) const char *zoo_version_file(void);

#endif
