#include "CEfficientNet.h"

#include <stdlib.h>
#include <string.h>

#include "Network.h"

// Bytes of a block's hidden rows that are worked on together, so that they stay in the second-level cache.
#define GROUP_BYTES (256 << 10)
#define STRIP_BYTES (384 << 10)

void *cefficientnet_zeros(int64_t bytes) {
  const size_t whole = ((size_t)(bytes > 0 ? bytes : 1) + 63) / 64 * 64;
  void *memory = aligned_alloc(64, whole);
  if (memory) memset(memory, 0, whole);
  return memory;
}

static int32_t round_up(int32_t value, int32_t step) { return (value + step - 1) / step * step; }

static bool pack(Pointwise *layer, const Kernels *kernels, int32_t inputs, int32_t outputs, const float *weights,
                 const float *bias) {
  layer->depth = round_up(inputs, 2);
  layer->panels = round_up(outputs, LANES) / LANES;
  layer->weights = cefficientnet_zeros((int64_t)layer->panels * LANES * layer->depth * kernels->element_bytes);
  layer->bias = cefficientnet_zeros((int64_t)layer->panels * LANES * 4);
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

CEfficientNet *cefficientnet_create(int32_t size, CEfficientNetInstructions instructions) {
  if (instructions > cefficientnet_best_instructions()) return NULL;
  CEfficientNet *network = calloc(1, sizeof *network);
  if (!network) return NULL;
  network->kernels = cefficientnet_kernels(instructions);
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

// How a block's rows are worked on: a few channels of all rows where these fit the cache, else all channels of some
// rows.
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
  block->depthwise.weights = cefficientnet_zeros(filter);
  block->depthwise.bias = cefficientnet_zeros((int64_t)shape.hidden * 4);
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
