#include "zoo_version.h"

// Part of C since 2023; the compiler reads the file again when it changes.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char file[] = {
#embed "../../VERSION"
    , 0};

const char *zoo_version_file(void) { return file; }
