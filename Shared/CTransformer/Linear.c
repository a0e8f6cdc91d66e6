#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "CTransformer.h"

// OpenMP's, on which oneDNN computes. A thread's own count, so nobody else's changes.
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int count);

// Rows of the products that there are primitives for: an input is cut into the largest that fit.
#define SIZES 3
static const int64_t rows_of[SIZES] = {256, 64, 16};

// oneDNN wants a stream and what runs on it to be of the same engine: there is one, for as long as the process.
static dnnl_engine_t engine;
static dnnl_status_t engine_status;
static void make_engine(void) { engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0); }
static dnnl_status_t have_engine(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_engine);
  return engine_status;
}

struct CTransformerLinear {
  int64_t in, out;
  dnnl_data_type_t input_type, output_type;
  bool has_bias;
  dnnl_primitive_t primitives[SIZES];  // owned
  dnnl_memory_desc_t inputs[SIZES], outputs[SIZES], biases;
  size_t scratch_bytes;   // the most that one of the primitives needs
  dnnl_memory_t weights;  // owned, with the memory that it holds
  float *bias;            // owned; null where there is none
};

struct CTransformerWorkspace {
  dnnl_stream_t stream;  // owned
  void *scratch;         // owned
  size_t scratch_bytes;
};

#define TRY(call)                               \
  do {                                          \
    const dnnl_status_t status = (call);        \
    if (status != dnnl_success) return status;  \
  } while (0)

CTransformerNumbers ctransformer_best_numbers(void) {
  const dnnl_cpu_isa_t best = dnnl_get_effective_cpu_isa();
  // Each has the one before it and more; oneDNN computes bfloat16 on lesser ones, but slower than float32.
  const bool has = (best & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
  return has ? CTransformerBFloat16 : CTransformerFloat32;
}

int64_t ctransformer_padded_rows(int64_t rows) { return (rows + 15) / 16 * 16; }

static dnnl_status_t add_operation(dnnl_primitive_attr_t attributes, CTransformerAfter after) {
  if (after == CTransformerAfterNothing) return dnnl_success;
  dnnl_post_ops_t operations;
  TRY(dnnl_post_ops_create(&operations));
  dnnl_status_t status = dnnl_success;
  switch (after) {
    case CTransformerAfterSum: status = dnnl_post_ops_append_sum(operations, 1); break;
    case CTransformerAfterGELU:
      status = dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_gelu_erf, 0, 0);
      break;
    case CTransformerAfterQuickGELU:
      status = dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_swish, 1.702f, 0);
      break;
    default: break;
  }
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, operations);
  dnnl_post_ops_destroy(operations);
  return status;
}

// The primitive of one size; `weights` says how these lie, or that oneDNN may choose, and then is what it chose.
static dnnl_status_t add_primitive(CTransformerLinear *linear, int size, dnnl_memory_desc_t *weights,
                                   const_dnnl_primitive_attr_t attributes) {
  const dnnl_dims_t input = {rows_of[size], linear->in}, output = {rows_of[size], linear->out}, bias = {1, linear->out};
  TRY(dnnl_memory_desc_init_by_tag(&linear->inputs[size], 2, input, linear->input_type, dnnl_ab));
  TRY(dnnl_memory_desc_init_by_tag(&linear->outputs[size], 2, output, linear->output_type, dnnl_ab));
  TRY(dnnl_memory_desc_init_by_tag(&linear->biases, 2, bias, dnnl_f32, dnnl_ab));
  dnnl_matmul_desc_t product;
  TRY(dnnl_matmul_desc_init(&product, &linear->inputs[size], weights, linear->has_bias ? &linear->biases : NULL,
                            &linear->outputs[size]));
  dnnl_primitive_desc_t description;
  TRY(dnnl_primitive_desc_create(&description, &product, attributes, engine, NULL));
  *weights = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
  const size_t bytes = dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0));
  if (bytes > linear->scratch_bytes) linear->scratch_bytes = bytes;
  const dnnl_status_t status = dnnl_primitive_create(&linear->primitives[size], description);
  dnnl_primitive_desc_destroy(description);
  return status;
}

// A reorder from the caller's [out][in] to how the product reads it.
static dnnl_status_t lay_weights(CTransformerLinear *linear, const dnnl_memory_desc_t *laid, const float *weight) {
  const dnnl_dims_t shape = {linear->in, linear->out};
  dnnl_memory_desc_t given;
  TRY(dnnl_memory_desc_init_by_tag(&given, 2, shape, dnnl_f32, dnnl_ba));
  TRY(dnnl_memory_create(&linear->weights, laid, engine, DNNL_MEMORY_ALLOCATE));
  dnnl_memory_t source;
  // oneDNN only reads what a reorder comes from.
  TRY(dnnl_memory_create(&source, &given, engine, (void *)weight));
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_stream_t stream = NULL;
  dnnl_status_t status =
      dnnl_reorder_primitive_desc_create(&description, &given, engine, laid, engine, NULL);
  if (status == dnnl_success) status = dnnl_primitive_create(&reorder, description);
  if (status == dnnl_success) status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, linear->weights}};
  if (status == dnnl_success) status = dnnl_primitive_execute(reorder, stream, 2, arguments);
  if (status == dnnl_success) status = dnnl_stream_wait(stream);
  if (stream) dnnl_stream_destroy(stream);
  if (reorder) dnnl_primitive_destroy(reorder);
  if (description) dnnl_primitive_desc_destroy(description);
  dnnl_memory_destroy(source);
  return status;
}

static dnnl_status_t fill(CTransformerLinear *linear, const float *weight, CTransformerAfter after) {
  TRY(have_engine());
  dnnl_primitive_attr_t attributes;
  TRY(dnnl_primitive_attr_create(&attributes));
  // oneDNN's own scratch memory would belong to the thread that makes the primitive.
  dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success) status = add_operation(attributes, after);
  const dnnl_dims_t shape = {linear->in, linear->out};
  dnnl_memory_desc_t weights;
  if (status == dnnl_success) {
    status = dnnl_memory_desc_init_by_tag(&weights, 2, shape, linear->input_type, dnnl_format_tag_any);
  }
  for (int size = 0; size < SIZES && status == dnnl_success; ++size) {
    status = add_primitive(linear, size, &weights, attributes);
  }
  dnnl_primitive_attr_destroy(attributes);
  return status == dnnl_success ? lay_weights(linear, &weights, weight) : status;
}

int ctransformer_linear_make(int64_t in, int64_t out, const float *weight, const float *bias_or_null,
                             CTransformerNumbers numbers, CTransformerAfter after, CTransformerLinear **made) {
  CTransformerLinear *linear = calloc(1, sizeof *linear);
  if (!linear) return -1;
  const bool narrows = after == CTransformerAfterGELU || after == CTransformerAfterQuickGELU;
  *linear = (CTransformerLinear){.in = in, .out = out, .has_bias = bias_or_null != NULL};
  linear->input_type = numbers == CTransformerBFloat16 ? dnnl_bf16 : dnnl_f32;
  linear->output_type = narrows ? linear->input_type : dnnl_f32;
  int status = 0;
  if (bias_or_null) {
    linear->bias = malloc((size_t)out * sizeof(float));
    status = linear->bias ? 0 : -1;
    if (linear->bias) memcpy(linear->bias, bias_or_null, (size_t)out * sizeof(float));
  }
  // How a primitive cuts its work is decided when it is made.
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  if (status == 0) status = fill(linear, weight, after);
  omp_set_num_threads(threads);
  if (status == 0) {
    *made = linear;
  } else {
    ctransformer_linear_free(linear);
  }
  return status;
}

void ctransformer_linear_free(CTransformerLinear *linear) {
  for (int size = 0; size < SIZES; ++size) {
    if (linear->primitives[size]) dnnl_primitive_destroy(linear->primitives[size]);
  }
  if (linear->weights) dnnl_memory_destroy(linear->weights);
  free(linear->bias);
  free(linear);
}

CTransformerWorkspace *ctransformer_workspace_make(void) {
  CTransformerWorkspace *workspace = calloc(1, sizeof *workspace);
  if (!workspace) return NULL;
  if (have_engine() == dnnl_success &&
      dnnl_stream_create(&workspace->stream, engine, dnnl_stream_default_flags) == dnnl_success) {
    return workspace;
  }
  ctransformer_workspace_free(workspace);
  return NULL;
}

void ctransformer_workspace_free(CTransformerWorkspace *workspace) {
  if (workspace->stream) dnnl_stream_destroy(workspace->stream);
  free(workspace->scratch);
  free(workspace);
}

// What a product reads and writes, as oneDNN knows it.
typedef struct Arguments {
  dnnl_exec_arg_t list[5];
  int count;
} Arguments;

static dnnl_status_t add_argument(Arguments *arguments, int kind, const dnnl_memory_desc_t *description,
                                  void *memory) {
  arguments->list[arguments->count].arg = kind;
  const dnnl_status_t status =
      dnnl_memory_create(&arguments->list[arguments->count].memory, description, engine, memory);
  if (status == dnnl_success) arguments->count += 1;
  return status;
}

static dnnl_status_t run_block(const CTransformerLinear *linear, CTransformerWorkspace *workspace, int size,
                               const void *input, void *output) {
  const dnnl_dims_t bytes = {(int64_t)linear->scratch_bytes};
  dnnl_memory_desc_t scratch;
  TRY(dnnl_memory_desc_init_by_tag(&scratch, 1, bytes, dnnl_u8, dnnl_a));
  Arguments arguments = {0};
  // oneDNN only reads inputs and biases.
  dnnl_status_t status =
      add_argument(&arguments, DNNL_ARG_SRC, &linear->inputs[size], (void *)input);
  if (status == dnnl_success) {
    status = add_argument(&arguments, DNNL_ARG_DST, &linear->outputs[size], output);
  }
  if (status == dnnl_success && linear->bias) {
    status = add_argument(&arguments, DNNL_ARG_BIAS, &linear->biases, linear->bias);
  }
  if (status == dnnl_success && linear->scratch_bytes > 0) {
    status = add_argument(&arguments, DNNL_ARG_SCRATCHPAD, &scratch, workspace->scratch);
  }
  const int owned = arguments.count;
  if (status == dnnl_success) {
    arguments.list[arguments.count++] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, linear->weights};
    status = dnnl_primitive_execute(linear->primitives[size], workspace->stream, arguments.count, arguments.list);
  }
  for (int index = 0; index < owned; ++index) dnnl_memory_destroy(arguments.list[index].memory);
  return status;
}

static int make_room(CTransformerWorkspace *workspace, size_t bytes) {
  if (bytes <= workspace->scratch_bytes) return 0;
  free(workspace->scratch);
  workspace->scratch_bytes = (bytes + 4095) / 4096 * 4096;
  workspace->scratch = aligned_alloc(4096, workspace->scratch_bytes);
  if (workspace->scratch) return 0;
  workspace->scratch_bytes = 0;
  return -1;
}

int ctransformer_linear_run(const CTransformerLinear *linear, CTransformerWorkspace *workspace, int64_t rows,
                            const void *input, void *output) {
  if (make_room(workspace, linear->scratch_bytes) != 0) return -1;
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const int64_t in = linear->in * (linear->input_type == dnnl_f32 ? 4 : 2);
  const int64_t out = linear->out * (linear->output_type == dnnl_f32 ? 4 : 2);
  int status = 0;
  for (int64_t row = 0, size = 0, padded = ctransformer_padded_rows(rows); row < padded && status == 0;) {
    if (rows_of[size] > padded - row) {
      size += 1;
      continue;
    }
    status = run_block(linear, workspace, (int)size, (const char *)input + row * in, (char *)output + row * out);
    row += rows_of[size];
  }
  omp_set_num_threads(threads);
  return status;
}
