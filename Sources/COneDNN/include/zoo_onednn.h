// What the engine uses of oneDNN, the same with versions 2.6 to 3: the two differ in how layouts and operations
// are described and enumerated. `version2.c` and `version3.c` each serve one of them; the other one compiles to
// nothing.
#ifndef ZOO_ONEDNN_H
#define ZOO_ONEDNN_H

#include <dnnl.h>

#if DNNL_VERSION_MAJOR == 2 && DNNL_VERSION_MINOR < 6 || DNNL_VERSION_MAJOR < 2 || DNNL_VERSION_MAJOR > 3
#error "zoo needs oneDNN 2.6 or later, up to version 3"
#endif

// MARK: Layouts

// The dimensions, element type and layout of a tensor. Who gets one owns it.
#if DNNL_VERSION_MAJOR == 2
typedef dnnl_memory_desc_t *zoo_layout;
#else
typedef dnnl_memory_desc_t zoo_layout;
#endif

// What a layout is, field by field. Only where `kind` is `dnnl_blocked` are strides and blocks set.
typedef struct {
  int rank;
  dnnl_dims_t dimensions;
  // With the elements that fill up the last blocks.
  dnnl_dims_t padded;
  dnnl_data_type_t type;
  dnnl_format_kind_t kind;
  // In elements.
  dnnl_dims_t strides;
  int block_count;
  dnnl_dims_t block_sizes;
  // Which dimension each block is of.
  dnnl_dims_t block_dimensions;
  // Whether it is a part of another tensor, not at its start.
  int has_offset;
} zoo_layout_facts;

dnnl_status_t zoo_layout_with_tag(
    zoo_layout *, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t, dnnl_format_tag_t);
dnnl_status_t zoo_layout_with_strides(
    zoo_layout *, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t, const dnnl_dim_t *strides);
dnnl_status_t zoo_layout_of_part(
    zoo_layout *, zoo_layout whole, const dnnl_dim_t *dimensions, const dnnl_dim_t *offsets);
void zoo_layout_destroy(zoo_layout);
size_t zoo_layout_size(zoo_layout);
int zoo_layout_equal(zoo_layout, zoo_layout);
zoo_layout_facts zoo_layout_look(zoo_layout);
// NULL where the operation has no such tensor.
zoo_layout zoo_layout_of_argument(const_dnnl_primitive_desc_t, dnnl_query_t, int index);

dnnl_status_t zoo_memory_create(dnnl_memory_t *, zoo_layout, dnnl_engine_t, void *address);

// MARK: What follows an operation

dnnl_status_t zoo_append_sum(dnnl_post_ops_t);
dnnl_status_t zoo_append_elementwise(dnnl_post_ops_t, dnnl_alg_kind_t, float alpha, float beta);
dnnl_status_t zoo_append_binary(dnnl_post_ops_t, dnnl_alg_kind_t, zoo_layout other);
dnnl_status_t zoo_append_depthwise(
    dnnl_post_ops_t, dnnl_data_type_t, dnnl_data_type_t bias, dnnl_dim_t kernel, dnnl_dim_t stride,
    dnnl_dim_t margin);

// MARK: Operations

// The implementations of one operation, from the one that oneDNN prefers on. Who gets one owns it.
#if DNNL_VERSION_MAJOR == 2
typedef struct zoo_iterator *zoo_choice;
#else
typedef dnnl_primitive_desc_t zoo_choice;
#endif

// The caller owns the result; NULL without memory.
dnnl_primitive_desc_t zoo_choice_current(zoo_choice);
// Goes to the next one; 0 where there is none.
int zoo_choice_advance(zoo_choice);
void zoo_choice_destroy(zoo_choice);

// How a window moves over a map: rows, then columns. A dilation of 0 has no gaps.
typedef struct {
  dnnl_dim_t size[2], strides[2], dilation[2], before[2], after[2];
} zoo_window;

typedef enum { zoo_forward, zoo_backward_source, zoo_backward_weights } zoo_direction;

// What every description begins with: `hint` is the operation forward, of which this is the gradient, or NULL.
typedef struct {
  dnnl_engine_t engine;
  const_dnnl_primitive_attr_t attributes;
  const_dnnl_primitive_desc_t hint;
} zoo_setting;

// Tensors that an operation does not have are NULL. `pass` tells inference and training apart; in the gradients'
// directions the layouts are those of the gradients in the places of what they are gradients of.

dnnl_status_t zoo_convolution(
    zoo_choice *, zoo_setting, zoo_direction, dnnl_prop_kind_t pass, dnnl_alg_kind_t, zoo_layout source,
    zoo_layout weights, zoo_layout bias, zoo_layout destination, const zoo_window *);
dnnl_status_t zoo_inner_product(
    zoo_choice *, zoo_setting, zoo_direction, dnnl_prop_kind_t pass, zoo_layout source, zoo_layout weights,
    zoo_layout bias, zoo_layout destination);
dnnl_status_t zoo_pooling(
    zoo_choice *, zoo_setting, zoo_direction, dnnl_prop_kind_t pass, dnnl_alg_kind_t, zoo_layout source,
    zoo_layout destination, const zoo_window *);
dnnl_status_t zoo_elementwise(
    zoo_choice *, zoo_setting, zoo_direction, dnnl_prop_kind_t pass, dnnl_alg_kind_t, zoo_layout, float alpha,
    float beta);
dnnl_status_t zoo_softmax(
    zoo_choice *, zoo_setting, zoo_direction, dnnl_prop_kind_t pass, zoo_layout, int axis);
// `zoo_backward_weights`: with the gradients of scale and shift.
dnnl_status_t zoo_batch_normalization(
    zoo_choice *, zoo_setting, zoo_direction, dnnl_prop_kind_t pass, zoo_layout, float epsilon, unsigned flags);
dnnl_status_t zoo_matrix_product(
    zoo_choice *, zoo_setting, zoo_layout first, zoo_layout second, zoo_layout destination);
dnnl_status_t zoo_binary(
    zoo_choice *, zoo_setting, dnnl_alg_kind_t, zoo_layout first, zoo_layout second, zoo_layout destination);

// Those of which oneDNN names one implementation only.
dnnl_status_t zoo_reorder(dnnl_primitive_desc_t *, zoo_setting, zoo_layout source, zoo_layout destination);
dnnl_status_t zoo_concatenation(
    dnnl_primitive_desc_t *, zoo_setting, int count, const zoo_layout *sources, int axis);
dnnl_status_t zoo_sum(
    dnnl_primitive_desc_t *, zoo_setting, int count, const zoo_layout *sources, zoo_layout destination);

// Whether the gradient of a batch normalization is given the shift, on which it does not depend.
int zoo_batch_normalization_gradient_takes_shift(void);

#endif
