#include "zoo_onednn.h"

#if DNNL_VERSION_MAJOR == 3

#include <stdlib.h>
#include <string.h>

// MARK: Layouts

dnnl_status_t zoo_layout_with_tag(
    zoo_layout *made, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t type, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_create_with_tag(made, rank, dimensions, type, tag);
}

dnnl_status_t zoo_layout_with_strides(
    zoo_layout *made, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t type, const dnnl_dim_t *strides) {
  return dnnl_memory_desc_create_with_strides(made, rank, dimensions, type, strides);
}

dnnl_status_t zoo_layout_of_part(
    zoo_layout *made, zoo_layout whole, const dnnl_dim_t *dimensions, const dnnl_dim_t *offsets) {
  return dnnl_memory_desc_create_submemory(made, whole, dimensions, offsets);
}

void zoo_layout_destroy(zoo_layout layout) { dnnl_memory_desc_destroy(layout); }

size_t zoo_layout_size(zoo_layout layout) { return dnnl_memory_desc_get_size(layout); }

int zoo_layout_equal(zoo_layout first, zoo_layout second) { return dnnl_memory_desc_equal(first, second); }

static void copy(dnnl_dims_t target, zoo_layout layout, dnnl_query_t what, int count) {
  const dnnl_dims_t *lent = NULL;
  if (count > 0 && dnnl_memory_desc_query(layout, what, (void *)&lent) == dnnl_success && lent)
    memcpy(target, *lent, (size_t)count * sizeof(dnnl_dim_t));
}

zoo_layout_facts zoo_layout_look(zoo_layout layout) {
  zoo_layout_facts facts = {0};
  dnnl_dim_t offset = 0;
  dnnl_memory_desc_query(layout, dnnl_query_ndims_s32, &facts.rank);
  dnnl_memory_desc_query(layout, dnnl_query_data_type, &facts.type);
  dnnl_memory_desc_query(layout, dnnl_query_format_kind, &facts.kind);
  dnnl_memory_desc_query(layout, dnnl_query_submemory_offset_s64, &offset);
  facts.has_offset = offset != 0;
  copy(facts.dimensions, layout, dnnl_query_dims, facts.rank);
  copy(facts.padded, layout, dnnl_query_padded_dims, facts.rank);
  if (facts.kind == dnnl_blocked) {
    copy(facts.strides, layout, dnnl_query_strides, facts.rank);
    dnnl_memory_desc_query(layout, dnnl_query_inner_nblks_s32, &facts.block_count);
    copy(facts.block_sizes, layout, dnnl_query_inner_blks, facts.block_count);
    copy(facts.block_dimensions, layout, dnnl_query_inner_idxs, facts.block_count);
  }
  return facts;
}

zoo_layout zoo_layout_of_argument(const_dnnl_primitive_desc_t operation, dnnl_query_t what, int index) {
  const_dnnl_memory_desc_t lent = dnnl_primitive_desc_query_md(operation, what, index);
  zoo_layout copy = NULL;
  if (!lent || dnnl_memory_desc_clone(&copy, lent) != dnnl_success) return NULL;
  int rank = 0;
  dnnl_memory_desc_query(copy, dnnl_query_ndims_s32, &rank);
  if (rank > 0) return copy;
  dnnl_memory_desc_destroy(copy);
  return NULL;
}

dnnl_status_t zoo_memory_create(dnnl_memory_t *memory, zoo_layout layout, dnnl_engine_t engine, void *address) {
  return dnnl_memory_create(memory, layout, engine, address);
}

// MARK: What follows an operation

dnnl_status_t zoo_append_sum(dnnl_post_ops_t steps) {
  return dnnl_post_ops_append_sum(steps, 1, 0, dnnl_data_type_undef);
}

dnnl_status_t zoo_append_elementwise(dnnl_post_ops_t steps, dnnl_alg_kind_t algorithm, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(steps, algorithm, alpha, beta);
}

dnnl_status_t zoo_append_binary(dnnl_post_ops_t steps, dnnl_alg_kind_t algorithm, zoo_layout other) {
  return dnnl_post_ops_append_binary(steps, algorithm, other);
}

dnnl_status_t zoo_append_depthwise(
    dnnl_post_ops_t steps, dnnl_data_type_t type, dnnl_data_type_t bias, dnnl_dim_t kernel, dnnl_dim_t stride,
    dnnl_dim_t margin) {
  return dnnl_post_ops_append_dw(steps, type, bias, type, kernel, stride, margin);
}

// MARK: Operations

dnnl_primitive_desc_t zoo_choice_current(zoo_choice choice) {
  dnnl_primitive_desc_t copy = NULL;
  return dnnl_primitive_desc_clone(&copy, choice) == dnnl_success ? copy : NULL;
}

int zoo_choice_advance(zoo_choice choice) { return dnnl_primitive_desc_next_impl(choice) == dnnl_success; }

void zoo_choice_destroy(zoo_choice choice) { dnnl_primitive_desc_destroy(choice); }

dnnl_status_t zoo_convolution(
    zoo_choice *choice, zoo_setting s, zoo_direction direction, dnnl_prop_kind_t pass, dnnl_alg_kind_t algorithm,
    zoo_layout source, zoo_layout weights, zoo_layout bias, zoo_layout destination, const zoo_window *w) {
  switch (direction) {
  case zoo_forward:
    return dnnl_convolution_forward_primitive_desc_create(
        choice, s.engine, pass, algorithm, source, weights, bias, destination, w->strides, w->dilation,
        w->before, w->after, s.attributes);
  case zoo_backward_source:
    return dnnl_convolution_backward_data_primitive_desc_create(
        choice, s.engine, algorithm, source, weights, destination, w->strides, w->dilation, w->before, w->after,
        s.hint, s.attributes);
  case zoo_backward_weights:
    return dnnl_convolution_backward_weights_primitive_desc_create(
        choice, s.engine, algorithm, source, weights, bias, destination, w->strides, w->dilation, w->before,
        w->after, s.hint, s.attributes);
  }
  return dnnl_invalid_arguments;
}

dnnl_status_t zoo_inner_product(
    zoo_choice *choice, zoo_setting s, zoo_direction direction, dnnl_prop_kind_t pass, zoo_layout source,
    zoo_layout weights, zoo_layout bias, zoo_layout destination) {
  switch (direction) {
  case zoo_forward:
    return dnnl_inner_product_forward_primitive_desc_create(
        choice, s.engine, pass, source, weights, bias, destination, s.attributes);
  case zoo_backward_source:
    return dnnl_inner_product_backward_data_primitive_desc_create(
        choice, s.engine, source, weights, destination, s.hint, s.attributes);
  case zoo_backward_weights:
    return dnnl_inner_product_backward_weights_primitive_desc_create(
        choice, s.engine, source, weights, bias, destination, s.hint, s.attributes);
  }
  return dnnl_invalid_arguments;
}

dnnl_status_t zoo_pooling(
    zoo_choice *choice, zoo_setting s, zoo_direction direction, dnnl_prop_kind_t pass, dnnl_alg_kind_t algorithm,
    zoo_layout source, zoo_layout destination, const zoo_window *w) {
  return direction == zoo_forward
             ? dnnl_pooling_forward_primitive_desc_create(
                   choice, s.engine, pass, algorithm, source, destination, w->strides, w->size, w->dilation,
                   w->before, w->after, s.attributes)
             : dnnl_pooling_backward_primitive_desc_create(
                   choice, s.engine, algorithm, source, destination, w->strides, w->size, w->dilation, w->before,
                   w->after, s.hint, s.attributes);
}

dnnl_status_t zoo_elementwise(
    zoo_choice *choice, zoo_setting s, zoo_direction direction, dnnl_prop_kind_t pass, dnnl_alg_kind_t algorithm,
    zoo_layout layout, float alpha, float beta) {
  return direction == zoo_forward
             ? dnnl_eltwise_forward_primitive_desc_create(
                   choice, s.engine, pass, algorithm, layout, layout, alpha, beta, s.attributes)
             : dnnl_eltwise_backward_primitive_desc_create(
                   choice, s.engine, algorithm, layout, layout, layout, alpha, beta, s.hint, s.attributes);
}

dnnl_status_t zoo_softmax(
    zoo_choice *choice, zoo_setting s, zoo_direction direction, dnnl_prop_kind_t pass, zoo_layout layout,
    int axis) {
  return direction == zoo_forward
             ? dnnl_softmax_forward_primitive_desc_create(
                   choice, s.engine, pass, dnnl_softmax_accurate, layout, layout, axis, s.attributes)
             : dnnl_softmax_backward_primitive_desc_create(
                   choice, s.engine, dnnl_softmax_accurate, layout, layout, layout, axis, s.hint, s.attributes);
}

dnnl_status_t zoo_batch_normalization(
    zoo_choice *choice, zoo_setting s, zoo_direction direction, dnnl_prop_kind_t pass, zoo_layout layout,
    float epsilon, unsigned flags) {
  dnnl_prop_kind_t backward = direction == zoo_backward_weights ? dnnl_backward : dnnl_backward_data;
  return direction == zoo_forward
             ? dnnl_batch_normalization_forward_primitive_desc_create(
                   choice, s.engine, pass, layout, layout, epsilon, flags, s.attributes)
             : dnnl_batch_normalization_backward_primitive_desc_create(
                   choice, s.engine, backward, layout, layout, layout, epsilon, flags, s.hint, s.attributes);
}

dnnl_status_t zoo_matrix_product(
    zoo_choice *choice, zoo_setting s, zoo_layout first, zoo_layout second, zoo_layout destination) {
  return dnnl_matmul_primitive_desc_create(choice, s.engine, first, second, NULL, destination, s.attributes);
}

dnnl_status_t zoo_binary(
    zoo_choice *choice, zoo_setting s, dnnl_alg_kind_t algorithm, zoo_layout first, zoo_layout second,
    zoo_layout destination) {
  return dnnl_binary_primitive_desc_create(
      choice, s.engine, algorithm, first, second, destination, s.attributes);
}

dnnl_status_t zoo_reorder(dnnl_primitive_desc_t *made, zoo_setting s, zoo_layout source, zoo_layout destination) {
  return dnnl_reorder_primitive_desc_create(made, source, s.engine, destination, s.engine, s.attributes);
}

dnnl_status_t zoo_concatenation(
    dnnl_primitive_desc_t *made, zoo_setting s, int count, const zoo_layout *sources, int axis) {
  return dnnl_concat_primitive_desc_create(
      made, s.engine, NULL, count, axis, (const_dnnl_memory_desc_t const *)sources, s.attributes);
}

dnnl_status_t zoo_sum(
    dnnl_primitive_desc_t *made, zoo_setting s, int count, const zoo_layout *sources, zoo_layout destination) {
  float *scales = malloc((size_t)count * sizeof *scales);
  if (!scales) return dnnl_out_of_memory;
  for (int i = 0; i < count; i++) scales[i] = 1;
  dnnl_status_t status = dnnl_sum_primitive_desc_create(
      made, s.engine, destination, count, scales, (const_dnnl_memory_desc_t const *)sources, s.attributes);
  free(scales);
  return status;
}

// Version 3 refuses it: "expected 5 got 6".
int zoo_batch_normalization_gradient_takes_shift(void) { return 0; }

#endif
