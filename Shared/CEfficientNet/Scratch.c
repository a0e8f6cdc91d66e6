#include <stdlib.h>

#include "Network.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

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
  scratch->image = cefficientnet_zeros(side * side * 3 * bytes);
  scratch->patches =
      cefficientnet_zeros((int64_t)network->blocks[0].slots * network->blocks[0].inputs * STEM_DEPTH * bytes);
  scratch->hidden = cefficientnet_zeros(hidden * 4);
  scratch->zero_row = cefficientnet_zeros(row * 4);
  scratch->places = cefficientnet_zeros(places * 4);
  scratch->filtered = cefficientnet_zeros(filtered * bytes);
  bool is_whole = scratch->image && scratch->patches && scratch->hidden && scratch->zero_row && scratch->places &&
                  scratch->filtered;
  for (int index = 0; index < 2; ++index) {
    scratch->outputs[index] = cefficientnet_zeros(outputs * 4);
    scratch->elements[index] = bytes == 4 ? scratch->outputs[index] : cefficientnet_zeros(outputs * bytes);
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
