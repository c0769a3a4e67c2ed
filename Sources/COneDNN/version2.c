#include "zoo_onednn.h"

#if DNNL_VERSION_MAJOR == 2

#include <stdlib.h>
#include <string.h>

// MARK: Layouts

static zoo_layout owned(const dnnl_memory_desc_t *layout) {
  zoo_layout copy = malloc(sizeof *copy);
  if (copy) *copy = *layout;
  return copy;
}

static dnnl_status_t own(zoo_layout *made, dnnl_status_t status, const dnnl_memory_desc_t *layout) {
  if (status != dnnl_success) return status;
  *made = owned(layout);
  return *made ? dnnl_success : dnnl_out_of_memory;
}

dnnl_status_t zoo_layout_with_tag(
    zoo_layout *made, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t type, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t layout;
  return own(made, dnnl_memory_desc_init_by_tag(&layout, rank, dimensions, type, tag), &layout);
}

dnnl_status_t zoo_layout_with_strides(
    zoo_layout *made, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t type, const dnnl_dim_t *strides) {
  dnnl_memory_desc_t layout;
  return own(made, dnnl_memory_desc_init_by_strides(&layout, rank, dimensions, type, strides), &layout);
}

dnnl_status_t zoo_layout_of_part(
    zoo_layout *made, zoo_layout whole, const dnnl_dim_t *dimensions, const dnnl_dim_t *offsets) {
  dnnl_memory_desc_t layout;
  return own(made, dnnl_memory_desc_init_submemory(&layout, whole, dimensions, offsets), &layout);
}

void zoo_layout_destroy(zoo_layout layout) { free(layout); }

size_t zoo_layout_size(zoo_layout layout) { return dnnl_memory_desc_get_size(layout); }

int zoo_layout_equal(zoo_layout first, zoo_layout second) { return dnnl_memory_desc_equal(first, second); }

zoo_layout_facts zoo_layout_look(zoo_layout layout) {
  zoo_layout_facts facts = {
      .rank = layout->ndims,
      .type = layout->data_type,
      .kind = layout->format_kind,
      .has_offset = layout->offset0 != 0,
  };
  memcpy(facts.dimensions, layout->dims, sizeof facts.dimensions);
  memcpy(facts.padded, layout->padded_dims, sizeof facts.padded);
  if (layout->format_kind == dnnl_blocked) {
    const dnnl_blocking_desc_t *blocking = &layout->format_desc.blocking;
    memcpy(facts.strides, blocking->strides, sizeof facts.strides);
    memcpy(facts.block_sizes, blocking->inner_blks, sizeof facts.block_sizes);
    memcpy(facts.block_dimensions, blocking->inner_idxs, sizeof facts.block_dimensions);
    facts.block_count = blocking->inner_nblks;
  }
  return facts;
}

zoo_layout zoo_layout_of_argument(const_dnnl_primitive_desc_t operation, dnnl_query_t what, int index) {
  const dnnl_memory_desc_t *lent = dnnl_primitive_desc_query_md(operation, what, index);
  return lent && lent->ndims > 0 ? owned(lent) : NULL;
}

dnnl_status_t zoo_memory_create(dnnl_memory_t *memory, zoo_layout layout, dnnl_engine_t engine, void *address) {
  return dnnl_memory_create(memory, layout, engine, address);
}

// MARK: What follows an operation

dnnl_status_t zoo_append_sum(dnnl_post_ops_t steps) { return dnnl_post_ops_append_sum(steps, 1); }

dnnl_status_t zoo_append_elementwise(dnnl_post_ops_t steps, dnnl_alg_kind_t algorithm, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(steps, 1, algorithm, alpha, beta);
}

dnnl_status_t zoo_append_binary(dnnl_post_ops_t steps, dnnl_alg_kind_t algorithm, zoo_layout other) {
  return dnnl_post_ops_append_binary(steps, algorithm, other);
}

dnnl_status_t zoo_append_depthwise(
    dnnl_post_ops_t steps, dnnl_data_type_t type, dnnl_data_type_t bias, dnnl_dim_t kernel, dnnl_dim_t stride,
    dnnl_dim_t margin) {
  return dnnl_post_ops_append_dw(steps, type, bias, type, kernel, stride, margin, 0, 0, NULL);
}

// MARK: Operations

// oneDNN's iterator keeps the address of the description, not the description.
struct zoo_iterator {
  dnnl_primitive_desc_iterator_t iterator;
  union {
    dnnl_convolution_desc_t convolution;
    dnnl_inner_product_desc_t inner_product;
    dnnl_pooling_v2_desc_t pooling;
    dnnl_eltwise_desc_t elementwise;
    dnnl_softmax_v2_desc_t softmax;
    dnnl_batch_normalization_desc_t batch_normalization;
    dnnl_matmul_desc_t matrix_product;
    dnnl_binary_desc_t binary;
  } operation;
};

dnnl_primitive_desc_t zoo_choice_current(zoo_choice choice) {
  return dnnl_primitive_desc_iterator_fetch(choice->iterator);
}

int zoo_choice_advance(zoo_choice choice) {
  return dnnl_primitive_desc_iterator_next(choice->iterator) == dnnl_success;
}

void zoo_choice_destroy(zoo_choice choice) {
  dnnl_primitive_desc_iterator_destroy(choice->iterator);
  free(choice);
}

static dnnl_status_t choose(
    zoo_choice *made, zoo_setting setting, dnnl_status_t status, const void *operation, size_t size) {
  if (status != dnnl_success) return status;
  zoo_choice choice = calloc(1, sizeof *choice);
  if (!choice) return dnnl_out_of_memory;
  memcpy(&choice->operation, operation, size);
  status = dnnl_primitive_desc_iterator_create(
      &choice->iterator, &choice->operation, setting.attributes, setting.engine, setting.hint);
  if (status == dnnl_success)
    *made = choice;
  else
    free(choice);
  return status;
}

dnnl_status_t zoo_convolution(
    zoo_choice *choice, zoo_setting setting, zoo_direction direction, dnnl_prop_kind_t pass,
    dnnl_alg_kind_t algorithm, zoo_layout source, zoo_layout weights, zoo_layout bias, zoo_layout destination,
    const zoo_window *w) {
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_invalid_arguments;
  switch (direction) {
  case zoo_forward:
    status = dnnl_dilated_convolution_forward_desc_init(
        &operation, pass, algorithm, source, weights, bias, destination, w->strides, w->dilation, w->before,
        w->after);
    break;
  case zoo_backward_source:
    status = dnnl_dilated_convolution_backward_data_desc_init(
        &operation, algorithm, source, weights, destination, w->strides, w->dilation, w->before, w->after);
    break;
  case zoo_backward_weights:
    status = dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, algorithm, source, weights, bias, destination, w->strides, w->dilation, w->before, w->after);
    break;
  }
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_inner_product(
    zoo_choice *choice, zoo_setting setting, zoo_direction direction, dnnl_prop_kind_t pass, zoo_layout source,
    zoo_layout weights, zoo_layout bias, zoo_layout destination) {
  dnnl_inner_product_desc_t operation;
  dnnl_status_t status = dnnl_invalid_arguments;
  switch (direction) {
  case zoo_forward:
    status = dnnl_inner_product_forward_desc_init(&operation, pass, source, weights, bias, destination);
    break;
  case zoo_backward_source:
    status = dnnl_inner_product_backward_data_desc_init(&operation, source, weights, destination);
    break;
  case zoo_backward_weights:
    status = dnnl_inner_product_backward_weights_desc_init(&operation, source, weights, bias, destination);
    break;
  }
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_pooling(
    zoo_choice *choice, zoo_setting setting, zoo_direction direction, dnnl_prop_kind_t pass,
    dnnl_alg_kind_t algorithm, zoo_layout source, zoo_layout destination, const zoo_window *w) {
  dnnl_pooling_v2_desc_t operation;
  dnnl_status_t status =
      direction == zoo_forward
          ? dnnl_pooling_v2_forward_desc_init(
                &operation, pass, algorithm, source, destination, w->strides, w->size, w->dilation, w->before,
                w->after)
          : dnnl_pooling_v2_backward_desc_init(
                &operation, algorithm, source, destination, w->strides, w->size, w->dilation, w->before,
                w->after);
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_elementwise(
    zoo_choice *choice, zoo_setting setting, zoo_direction direction, dnnl_prop_kind_t pass,
    dnnl_alg_kind_t algorithm, zoo_layout layout, float alpha, float beta) {
  dnnl_eltwise_desc_t operation;
  dnnl_status_t status =
      direction == zoo_forward
          ? dnnl_eltwise_forward_desc_init(&operation, pass, algorithm, layout, alpha, beta)
          : dnnl_eltwise_backward_desc_init(&operation, algorithm, layout, layout, alpha, beta);
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_softmax(
    zoo_choice *choice, zoo_setting setting, zoo_direction direction, dnnl_prop_kind_t pass, zoo_layout layout,
    int axis) {
  dnnl_softmax_v2_desc_t operation;
  dnnl_status_t status =
      direction == zoo_forward
          ? dnnl_softmax_v2_forward_desc_init(&operation, pass, dnnl_softmax_accurate, layout, layout, axis)
          : dnnl_softmax_v2_backward_desc_init(&operation, dnnl_softmax_accurate, layout, layout, layout, axis);
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_batch_normalization(
    zoo_choice *choice, zoo_setting setting, zoo_direction direction, dnnl_prop_kind_t pass, zoo_layout layout,
    float epsilon, unsigned flags) {
  dnnl_batch_normalization_desc_t operation;
  dnnl_prop_kind_t backward = direction == zoo_backward_weights ? dnnl_backward : dnnl_backward_data;
  dnnl_status_t status =
      direction == zoo_forward
          ? dnnl_batch_normalization_forward_desc_init(&operation, pass, layout, epsilon, flags)
          : dnnl_batch_normalization_backward_desc_init(&operation, backward, layout, layout, epsilon, flags);
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_matrix_product(
    zoo_choice *choice, zoo_setting setting, zoo_layout first, zoo_layout second, zoo_layout destination) {
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_matmul_desc_init(&operation, first, second, NULL, destination);
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_binary(
    zoo_choice *choice, zoo_setting setting, dnnl_alg_kind_t algorithm, zoo_layout first, zoo_layout second,
    zoo_layout destination) {
  dnnl_binary_desc_t operation;
  dnnl_status_t status = dnnl_binary_desc_init(&operation, algorithm, first, second, destination);
  return choose(choice, setting, status, &operation, sizeof operation);
}

dnnl_status_t zoo_reorder(
    dnnl_primitive_desc_t *made, zoo_setting setting, zoo_layout source, zoo_layout destination) {
  return dnnl_reorder_primitive_desc_create(
      made, source, setting.engine, destination, setting.engine, setting.attributes);
}

// Version 2 takes the layouts themselves, one behind the other; NULL without memory.
static dnnl_memory_desc_t *together(int count, const zoo_layout *layouts) {
  dnnl_memory_desc_t *all = malloc((size_t)count * sizeof *all);
  for (int i = 0; all && i < count; i++) all[i] = *layouts[i];
  return all;
}

dnnl_status_t zoo_concatenation(
    dnnl_primitive_desc_t *made, zoo_setting setting, int count, const zoo_layout *sources, int axis) {
  dnnl_memory_desc_t *all = together(count, sources);
  if (!all) return dnnl_out_of_memory;
  dnnl_status_t status = dnnl_concat_primitive_desc_create(
      made, NULL, count, axis, all, setting.attributes, setting.engine);
  free(all);
  return status;
}

dnnl_status_t zoo_sum(
    dnnl_primitive_desc_t *made, zoo_setting setting, int count, const zoo_layout *sources,
    zoo_layout destination) {
  dnnl_memory_desc_t *all = together(count, sources);
  float *scales = malloc((size_t)count * sizeof *scales);
  dnnl_status_t status = dnnl_out_of_memory;
  if (all && scales) {
    for (int i = 0; i < count; i++) scales[i] = 1;
    status = dnnl_sum_primitive_desc_create(
        made, destination, count, scales, all, setting.attributes, setting.engine);
  }
  free(scales);
  free(all);
  return status;
}

int zoo_batch_normalization_gradient_takes_shift(void) { return 1; }

#endif
