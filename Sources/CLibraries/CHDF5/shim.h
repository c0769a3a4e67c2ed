#include <hdf5.h>

// Since version 1.12 the calls and types that have an address for an object are named with a 1, as there are newer
// ones with tokens; the old names are macros, which Swift does not see.
#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info1_t zoo_link;
typedef H5O_info1_t zoo_object;
#define ZOO_ITERATE H5Literate1
#else
typedef H5L_info_t zoo_link;
typedef H5O_info_t zoo_object;
#define ZOO_ITERATE H5Literate
#endif

static inline herr_t zoo_iterate_links(
    hid_t group, H5_index_t order, herr_t (*visit)(hid_t, const char *, const zoo_link *, void *), void *target) {
  return ZOO_ITERATE(group, order, H5_ITER_INC, NULL, visit, target);
}

static inline herr_t zoo_look_at_object(hid_t object, zoo_object *found) {
  return H5Oget_info2(object, found, H5O_INFO_BASIC);
}
