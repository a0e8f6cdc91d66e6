#include "CEfficientNet.h"

#include <stdlib.h>
#include <string.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define LANES 16
#define STEM_DEPTH 28         // 27, made even
#define MAXIMUM_KERNEL 5
// Bytes of a block's hidden rows that are worked on together, so that they stay in the second-level cache.
#define GROUP_BYTES (256 << 10)
#define STRIP_BYTES (384 << 10)

typedef float Lanes __attribute__((vector_size(LANES * 4)));
#define RELU6(value) __builtin_elementwise_min(__builtin_elementwise_max((value), (Lanes){}), (Lanes){} + 6.0f)

// A 1 × 1 convolution. Weights lie in panels of 16 outputs: [panels][depth][16], bfloat16 in pairs of the depth.
typedef struct Pointwise {
  void *weights;
  float *bias;     // [panels × 16]
  int32_t depth;   // inputs, even
  int32_t panels;
} Pointwise;

typedef struct Depthwise {
  float *weights;  // [kernel × kernel][channels]
  float *bias;
  int32_t kernel, stride, channels;
} Depthwise;

#define KERNEL(name) name##_portable
#define NARROW 0
#define ROWS 2
#define PANELS 1
#define PIXELS 2
#include "Kernels.h"
#undef KERNEL
#undef ROWS
#undef PIXELS

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define ROWS 6
#define PIXELS 5
#include "Kernels.h"
#undef KERNEL
#undef ROWS
#undef PANELS
#pragma clang attribute pop

#define AVX512 "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"
#pragma clang attribute push(__attribute__((target(AVX512))), apply_to = function)
#define KERNEL(name) name##_avx512
#define ROWS 8
#define PANELS 3
#include "Kernels.h"
#undef KERNEL
#undef NARROW
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(AVX512 ",avx512bf16"))), apply_to = function)
#define KERNEL(name) name##_bfloat16
#define NARROW 1
#include "Kernels.h"
#undef KERNEL
#pragma clang attribute pop
#endif

// One set of instructions; `in`, `elements` and `out` of the depthwise are of `element_bytes` each.
typedef struct Kernels {
  void (*expand)(const void *in, int64_t stride, int64_t rows, const Pointwise *, int first, int end,
                 const int32_t *places, float *out);
  void (*depthwise)(const Depthwise *, const float *const *rows, int64_t width, int64_t outputs, int first, int end,
                    void *out);
  void (*project)(const void *in, int64_t stride, int64_t rows, const Pointwise *, const float *residual, float *out,
                  void *elements);
  int32_t element_bytes;
  int32_t panels;  // of a tile
} Kernels;

static Kernels kernels_of(CEfficientNetInstructions instructions) {
#if defined(__x86_64__)
  switch (instructions) {
    case CEfficientNetBFloat16:
      return (Kernels){expand_bfloat16, depthwise_bfloat16, project_bfloat16, 2, 3};
    case CEfficientNetAVX512: return (Kernels){expand_avx512, depthwise_avx512, project_avx512, 4, 3};
    case CEfficientNetAVX2: return (Kernels){expand_avx2, depthwise_avx2, project_avx2, 4, 1};
    case CEfficientNetPortable: break;
  }
#endif
  return (Kernels){expand_portable, depthwise_portable, project_portable, 4, 1};
}

CEfficientNetInstructions cefficientnet_best_instructions(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return __builtin_cpu_supports("avx512bf16") ? CEfficientNetBFloat16 : CEfficientNetAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CEfficientNetAVX2;
#endif
  return CEfficientNetPortable;
}

// A block, and how its rows are worked on. Hidden rows lie in a ring of `slots`, each with the padding beside it.
typedef struct Block {
  Pointwise expand, project;
  Depthwise depthwise;
  bool is_residual;
  int32_t channels;          // of the outputs
  int32_t inputs, outputs;   // pixels a side
  int32_t before;            // padding above and to the left
  int32_t pitch;             // pixels of a hidden row with its padding
  int32_t group;             // panels that are worked on together
  int32_t slots;             // hidden rows that are kept
  int32_t strip;             // output rows that are made together
} Block;

struct CEfficientNet {
  Kernels kernels;
  int32_t size;
  Block *blocks;
  int32_t count;
  Pointwise head;
};

struct CEfficientNetScratch {
  void *image;           // [size + 2][size + 2][3], elements, with zeros around
  void *patches;         // [pixels of a strip][STEM_DEPTH], elements
  float *hidden;         // [slots][pitch][group]
  float *zero_row;       // [pitch][group], of the padding above and below
  int32_t *places;       // of each pixel of a strip, where in `hidden`
  void *filtered;        // [pixels of a strip][hidden], elements
  float *outputs[2];     // [pixels][outputs], of this block and the one before
  void *elements[2];     // the same as elements
};

// --- Memory

static void *zeros(int64_t bytes) {
  const size_t whole = ((size_t)(bytes > 0 ? bytes : 1) + 63) / 64 * 64;
  void *memory = aligned_alloc(64, whole);
  if (memory) memset(memory, 0, whole);
  return memory;
}

static int32_t round_up(int32_t value, int32_t step) { return (value + step - 1) / step * step; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static uint16_t bfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static bool pack(Pointwise *layer, const Kernels *kernels, int32_t inputs, int32_t outputs, const float *weights,
                 const float *bias) {
  layer->depth = round_up(inputs, 2);
  layer->panels = round_up(outputs, LANES) / LANES;
  layer->weights = zeros((int64_t)layer->panels * LANES * layer->depth * kernels->element_bytes);
  layer->bias = zeros((int64_t)layer->panels * LANES * 4);
  if (!layer->weights || !layer->bias) return false;
  memcpy(layer->bias, bias, (size_t)outputs * 4);
  for (int64_t output = 0; output < outputs; ++output) {
    const int64_t panel = output / LANES * layer->depth * LANES, lane = output % LANES;
    for (int64_t k = 0; k < inputs; ++k) {
      const float weight = weights[output * inputs + k];
      if (kernels->element_bytes == 2) {
        ((uint16_t *)layer->weights)[panel + (k / 2 * LANES + lane) * 2 + k % 2] = bfloat16(weight);
      } else {
        ((float *)layer->weights)[panel + k * LANES + lane] = weight;
      }
    }
  }
  return true;
}

static void release(Pointwise *layer) {
  free(layer->weights);
  free(layer->bias);
}

// --- Network

CEfficientNet *cefficientnet_create(int32_t size, CEfficientNetInstructions instructions) {
  if (instructions > cefficientnet_best_instructions()) return NULL;
  CEfficientNet *network = calloc(1, sizeof *network);
  if (!network) return NULL;
  network->kernels = kernels_of(instructions);
  network->size = size;
  return network;
}

void cefficientnet_free(CEfficientNet *network) {
  if (!network) return;
  for (int32_t index = 0; index < network->count; ++index) {
    release(&network->blocks[index].expand);
    release(&network->blocks[index].project);
    free(network->blocks[index].depthwise.weights);
    free(network->blocks[index].depthwise.bias);
  }
  release(&network->head);
  free(network->blocks);
  free(network);
}

// How a block's rows are worked on: a few channels of all rows where these fit the cache, else all channels of some rows.
static void plan(Block *block, const Kernels *kernels) {
  const int32_t kernel = block->depthwise.kernel, stride = block->depthwise.stride;
  block->outputs = (block->inputs + stride - 1) / stride;
  const int32_t padding = (block->outputs - 1) * stride + kernel - block->inputs;
  block->before = padding > 0 ? padding / 2 : 0;
  block->pitch = block->inputs + kernel - 1;
  const int64_t panel_bytes = (int64_t)block->pitch * LANES * 4;
  if (panel_bytes * kernels->panels * block->inputs <= GROUP_BYTES) {
    block->group = kernels->panels < block->expand.panels ? kernels->panels : block->expand.panels;
    block->slots = block->inputs;
    block->strip = block->outputs;
    return;
  }
  block->group = block->expand.panels;
  const int64_t rows = STRIP_BYTES / (panel_bytes * block->group);
  block->strip = rows > kernel + stride ? (int32_t)((rows - kernel) / stride + 1) : 1;
  if (block->strip > block->outputs) block->strip = block->outputs;
  block->slots = (block->strip - 1) * stride + kernel;
}

bool cefficientnet_add(CEfficientNet *network, CEfficientNetBlock shape, const float *expand, const float *expand_bias,
                       const float *depthwise, const float *depthwise_bias, const float *project,
                       const float *project_bias) {
  Block *blocks = realloc(network->blocks, sizeof(Block) * (size_t)(network->count + 1));
  if (!blocks) return false;
  network->blocks = blocks;
  Block *block = &blocks[network->count];
  *block = (Block){.is_residual = shape.is_residual};
  const Block *before = network->count > 0 ? block - 1 : NULL;
  network->count += 1;
  block->inputs = before ? before->outputs : (network->size + 1) / 2;
  block->depthwise = (Depthwise){.kernel = shape.kernel, .stride = shape.stride, .channels = shape.hidden};
  const int32_t depth = before ? before->channels : 27;
  block->channels = shape.outputs;
  const int64_t filter = (int64_t)shape.kernel * shape.kernel * shape.hidden * 4;
  block->depthwise.weights = zeros(filter);
  block->depthwise.bias = zeros((int64_t)shape.hidden * 4);
  if (!block->depthwise.weights || !block->depthwise.bias) return false;
  memcpy(block->depthwise.weights, depthwise, (size_t)filter);
  memcpy(block->depthwise.bias, depthwise_bias, (size_t)shape.hidden * 4);
  if (!pack(&block->expand, &network->kernels, depth, shape.hidden, expand, expand_bias)) return false;
  if (!pack(&block->project, &network->kernels, shape.hidden, shape.outputs, project, project_bias)) return false;
  plan(block, &network->kernels);
  return true;
}

bool cefficientnet_set_head(CEfficientNet *network, int32_t features, const float *weights, const float *bias) {
  const Block *last = &network->blocks[network->count - 1];
  return pack(&network->head, &network->kernels, last->channels, features, weights, bias);
}

// --- Scratch

CEfficientNetScratch *cefficientnet_scratch_create(const CEfficientNet *network) {
  const int64_t bytes = network->kernels.element_bytes, side = network->size + 2;
  const Block *last = &network->blocks[network->count - 1];
  const int64_t last_pixels = (int64_t)last->outputs * last->outputs;
  int64_t hidden = last_pixels * network->kernels.panels * LANES, places = last_pixels;
  int64_t row = 0, filtered = 0, outputs = 0;
  for (int32_t index = 0; index < network->count; ++index) {
    const Block *block = &network->blocks[index];
    hidden = larger(hidden, (int64_t)block->slots * block->pitch * block->group * LANES);
    row = larger(row, (int64_t)block->pitch * block->group * LANES);
    places = larger(places, (int64_t)block->slots * block->inputs);
    filtered = larger(filtered, (int64_t)block->strip * block->outputs * block->depthwise.channels);
    outputs = larger(outputs, (int64_t)block->outputs * block->outputs * block->project.panels * LANES);
  }
  CEfficientNetScratch *scratch = calloc(1, sizeof *scratch);
  if (!scratch) return NULL;
  scratch->image = zeros(side * side * 3 * bytes);
  scratch->patches = zeros((int64_t)network->blocks[0].slots * network->blocks[0].inputs * STEM_DEPTH * bytes);
  scratch->hidden = zeros(hidden * 4);
  scratch->zero_row = zeros(row * 4);
  scratch->places = zeros(places * 4);
  scratch->filtered = zeros(filtered * bytes);
  bool is_whole = scratch->image && scratch->patches && scratch->hidden && scratch->zero_row && scratch->places &&
                  scratch->filtered;
  for (int index = 0; index < 2; ++index) {
    scratch->outputs[index] = zeros(outputs * 4);
    scratch->elements[index] = bytes == 4 ? scratch->outputs[index] : zeros(outputs * bytes);
    is_whole = is_whole && scratch->outputs[index] && scratch->elements[index];
  }
  if (is_whole) return scratch;
  cefficientnet_scratch_free(scratch);
  return NULL;
}

void cefficientnet_scratch_free(CEfficientNetScratch *scratch) {
  if (!scratch) return;
  for (int index = 0; index < 2; ++index) {
    if (scratch->elements[index] != scratch->outputs[index]) free(scratch->elements[index]);
    free(scratch->outputs[index]);
  }
  free(scratch->image);
  free(scratch->patches);
  free(scratch->hidden);
  free(scratch->zero_row);
  free(scratch->places);
  free(scratch->filtered);
  free(scratch);
}

// --- Features

// The picture as elements in the middle of its zeros.
static void read_picture(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture) {
  const int64_t size = network->size, row_length = (size + 2) * 3;
  // SAME at stride 2: an even side lacks one row below, an odd one has one on both sides.
  const int64_t before = size % 2;
  float numbers[256];
  uint16_t narrow[256];
  for (int value = 0; value < 256; ++value) {
    numbers[value] = ((float)value - 127.0f) / 128.0f;
    narrow[value] = bfloat16(numbers[value]);
  }
  for (int64_t y = 0; y < size; ++y) {
    const int64_t at = (y + before) * row_length + before * 3;
    const uint8_t *row = picture + y * size * 3;
    if (network->kernels.element_bytes == 2) {
      uint16_t *out = (uint16_t *)scratch->image + at;
      for (int64_t x = 0; x < size * 3; ++x) out[x] = narrow[row[x]];
    } else {
      float *out = (float *)scratch->image + at;
      for (int64_t x = 0; x < size * 3; ++x) out[x] = numbers[row[x]];
    }
  }
}

// The 3 × 3 neighbourhoods that the stem reads, for rows `first` up to `end` of its outputs.
static void gather_patches(const CEfficientNet *network, CEfficientNetScratch *scratch, int64_t first, int64_t end) {
  const int64_t bytes = network->kernels.element_bytes, width = network->blocks[0].inputs;
  const int64_t row_bytes = (network->size + 2) * 3 * bytes;
  char *patch = scratch->patches;
  for (int64_t y = first; y < end; ++y) {
    const char *row = (const char *)scratch->image + 2 * y * row_bytes;
    for (int64_t x = 0; x < width; ++x, patch += STEM_DEPTH * bytes) {
      for (int dy = 0; dy < 3; ++dy) {
        const char *from = row + dy * row_bytes + 2 * x * 3 * bytes;
        if (bytes == 2) {
          memcpy(patch + dy * 18, from, 18);
        } else {
          memcpy(patch + dy * 36, from, 36);
        }
      }
    }
  }
}

// Zeros beside each hidden row.
static void clear_padding(const Block *block, float *hidden) {
  const size_t width = (size_t)block->group * LANES;
  const size_t after = (size_t)(block->pitch - block->before - block->inputs);
  for (int32_t slot = 0; slot < block->slots; ++slot) {
    float *row = hidden + (size_t)slot * (size_t)block->pitch * width;
    memset(row, 0, (size_t)block->before * width * 4);
    memset(row + (size_t)(block->before + block->inputs) * width, 0, after * width * 4);
  }
}

// Hidden rows `first` up to `end`, panels `panel` and on, into the ring.
static void expand_rows(const CEfficientNet *network, const Block *block, CEfficientNetScratch *scratch,
                        const void *elements, int64_t first, int64_t end, int panel) {
  const int64_t width = block->group * LANES, pixels = (end - first) * block->inputs;
  int32_t *place = scratch->places;
  for (int64_t y = first; y < end; ++y) {
    const int64_t row = (y % block->slots * block->pitch + block->before) * width;
    for (int64_t x = 0; x < block->inputs; ++x) *place++ = (int32_t)(row + x * width);
  }
  const bool is_stem = block == network->blocks;
  const int64_t stride = is_stem ? STEM_DEPTH : (int64_t)block[-1].project.panels * LANES;
  const char *in = (const char *)elements + first * block->inputs * stride * network->kernels.element_bytes;
  if (is_stem) {
    gather_patches(network, scratch, first, end);
    in = scratch->patches;
  }
  int last = panel + block->group;
  if (last > block->expand.panels) last = block->expand.panels;
  network->kernels.expand(in, stride, pixels, &block->expand, panel, last, scratch->places, scratch->hidden);
}

// Output rows `first` up to `end` of the depthwise convolution, panels `panel` and on.
static void filter_rows(const CEfficientNet *network, const Block *block, CEfficientNetScratch *scratch, int64_t first,
                        int64_t end, int panel) {
  const int64_t width = block->group * LANES;
  const int64_t out_bytes = (int64_t)block->outputs * block->depthwise.channels * network->kernels.element_bytes;
  int last = panel + block->group;
  if (last > block->expand.panels) last = block->expand.panels;
  for (int64_t y = first; y < end; ++y) {
    const float *rows[MAXIMUM_KERNEL];
    for (int k = 0; k < block->depthwise.kernel; ++k) {
      const int64_t from = y * block->depthwise.stride - block->before + k;
      rows[k] = from < 0 || from >= block->inputs ? scratch->zero_row
                                                  : scratch->hidden + from % block->slots * block->pitch * width;
    }
    network->kernels.depthwise(&block->depthwise, rows, width, block->outputs, panel, last,
                               (char *)scratch->filtered + (y - first) * out_bytes);
  }
}

// A block, strip by strip: the rows that are still missing, the depthwise convolution, the outputs.
static void run(const CEfficientNet *network, const Block *block, CEfficientNetScratch *scratch, int from) {
  const Depthwise *depthwise = &block->depthwise;
  const int64_t width = (int64_t)block->project.panels * LANES, bytes = network->kernels.element_bytes;
  clear_padding(block, scratch->hidden);
  int64_t done = 0;
  for (int64_t first = 0; first < block->outputs; first += block->strip) {
    const int64_t end = first + block->strip < block->outputs ? first + block->strip : block->outputs;
    int64_t needed = (end - 1) * depthwise->stride - block->before + depthwise->kernel;
    if (needed > block->inputs) needed = block->inputs;
    for (int panel = 0; panel < block->expand.panels; panel += block->group) {
      if (needed > done) expand_rows(network, block, scratch, scratch->elements[from], done, needed, panel);
      filter_rows(network, block, scratch, first, end, panel);
    }
    done = needed;
    const int64_t at = first * block->outputs * width;
    network->kernels.project(scratch->filtered, depthwise->channels, (end - first) * block->outputs, &block->project,
                             block->is_residual ? scratch->outputs[from] + at : NULL, scratch->outputs[1 - from] + at,
                             (char *)scratch->elements[1 - from] + at * bytes);
  }
}

// The last convolution, averaged over the pixels.
static void run_head(const CEfficientNet *network, CEfficientNetScratch *scratch, int from, float *features) {
  const Block *last = &network->blocks[network->count - 1];
  const int64_t pixels = (int64_t)last->outputs * last->outputs;
  const int64_t stride = (int64_t)last->project.panels * LANES;
  for (int panel = 0; panel < network->head.panels; panel += network->kernels.panels) {
    int end = panel + network->kernels.panels;
    if (end > network->head.panels) end = network->head.panels;
    const int64_t width = (end - panel) * LANES;
    for (int64_t pixel = 0; pixel < pixels; ++pixel) scratch->places[pixel] = (int32_t)(pixel * width);
    network->kernels.expand(scratch->elements[from], stride, pixels, &network->head, panel, end, scratch->places,
                            scratch->hidden);
    for (int64_t chunk = 0; chunk < width; chunk += LANES) {
      Lanes sum = {};
      for (int64_t pixel = 0; pixel < pixels; ++pixel) sum += *(const Lanes *)(scratch->hidden + pixel * width + chunk);
      sum /= (Lanes){} + (float)pixels;
      memcpy(features + panel * LANES + chunk, &sum, sizeof sum);
    }
  }
}

void cefficientnet_features(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture,
                            float *features) {
  read_picture(network, scratch, picture);
  for (int32_t index = 0; index < network->count; ++index) {
    run(network, &network->blocks[index], scratch, index % 2);
  }
  run_head(network, scratch, network->count % 2, features);
}
