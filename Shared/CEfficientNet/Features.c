#include <string.h>

#include "Network.h"

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

// Runs all blocks; what the last one makes is in `outputs[count % 2]`.
static void run_blocks(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture) {
  read_picture(network, scratch, picture);
  for (int32_t index = 0; index < network->count; ++index) {
    run(network, &network->blocks[index], scratch, index % 2);
  }
}

void cefficientnet_features(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture,
                            float *features) {
  run_blocks(network, scratch, picture);
  run_head(network, scratch, network->count % 2, features);
}

int32_t cefficientnet_places(const CEfficientNet *network) {
  const int32_t side = network->blocks[network->count - 1].outputs;
  return side * side;
}

void cefficientnet_grid(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture,
                        float *grid) {
  run_blocks(network, scratch, picture);
  const Block *last = &network->blocks[network->count - 1];
  const int64_t width = (int64_t)last->project.panels * LANES;
  for (int64_t place = 0; place < cefficientnet_places(network); ++place) {
    memcpy(grid + place * last->channels, scratch->outputs[network->count % 2] + place * width,
           (size_t)last->channels * 4);
  }
}
