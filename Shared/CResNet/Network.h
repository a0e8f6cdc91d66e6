// The layers around the convolutions, and all of them in their order.

// A picture with its border, a fourth channel of zeros beside red, green and blue.
static void KERNEL(place)(const CResNetModel *model, const uint8_t *pixels, Activation *output) {
  Activation border[4] = {0};
  for (int channel = 0; channel < 3; ++channel) {
    border[channel] = (Activation)(IS_INT8 ? model->border[channel] + 0.5f : model->border[channel]);
  }
  for (int row = -1; row <= CRESNET_SIDE; ++row) {
    for (int column = -1; column <= CRESNET_SIDE; ++column, output += 4) {
      const bool outside = row < 0 || row == CRESNET_SIDE || column < 0 || column == CRESNET_SIDE;
      for (int channel = 0; channel < 3; ++channel) {
        output[channel] = outside ? border[channel] : pixels[(row * CRESNET_SIDE + column) * 3 + channel];
      }
      output[3] = 0;
    }
  }
}

// The mean over the pixels, then the linear layer.
static void KERNEL(head)(const CResNetModel *model, const Activation *input, float *logits) {
  Sums total[CRESNET_FEATURES / LANES] = {};
  for (int row = 1; row <= 8; ++row) {
    for (int column = 1; column <= 8; ++column) {
      const Activation *pixel = input + (row * 10 + column) * CRESNET_FEATURES;
      for (int part = 0; part < CRESNET_FEATURES / LANES; ++part) {
        total[part] += __builtin_convertvector(*(const Activations *)(pixel + part * LANES), Sums);
      }
    }
  }
  float features[CRESNET_FEATURES];
  for (int part = 0; part < CRESNET_FEATURES / LANES; ++part) {
    *(Floats *)(features + part * LANES) = __builtin_convertvector(total[part], Floats) * (model->feature_scale / 64);
  }
  for (int32_t first = 0; first < model->label_stride; first += LANES) {
    Floats sum = *(const Floats *)(model->head_bias + first);
    for (int feature = 0; feature < CRESNET_FEATURES; ++feature) {
      const Floats product = *(const Floats *)(model->head + feature * model->label_stride + first) * features[feature];
      sum += product;
    }
    for (int lane = 0; lane < LANES && first + lane < model->labels; ++lane) logits[first + lane] = sum[lane];
  }
}

// Zeros around a picture.
static void KERNEL(clear_border)(int channels, int side, Activation *output) {
  const int row = (side + 2) * channels;
  const uint64_t pixel = sizeof(Activation) * (uint64_t)channels;
  __builtin_memset(output, 0, sizeof(Activation) * (uint64_t)row);
  __builtin_memset(output + (side + 1) * row, 0, sizeof(Activation) * (uint64_t)row);
  for (int line = 1; line <= side; ++line) {
    __builtin_memset(output + line * row, 0, pixel);
    __builtin_memset(output + (line + 1) * row - channels, 0, pixel);
  }
}

// The largest activation of a picture; its border has the smallest.
static float KERNEL(peak)(int channels, int side, const Activation *input) {
  Activation largest = 0;
  for (int index = 0; index < (side + 2) * (side + 2) * channels; ++index) {
    if (input[index] > largest) largest = input[index];
  }
  return (float)largest;
}

// All layers of a block of pictures, each over all of its pictures.
static void KERNEL(run)(const CResNetModel *model, const uint8_t *pictures, const int count,
                        void *scratch, float *logits, float *peaks) {
  Activation *const memory = scratch;
  const int size = BUFFER_NUMBERS, layers = 1 + 6 * model->blocks;
  // Three buffers a picture: what a block reads, its middle, what it writes.
#define AT(picture, buffer) (memory + ((picture) * 3 + (buffer)) * size)
#define EACH for (int picture = 0; picture < count; ++picture)
  const CResNetLayer *layer = model->layers;
  EACH {
    KERNEL(place)(model, pictures + picture * PICTURE_BYTES, AT(picture, 2));
    KERNEL(clear_border)(16, 32, AT(picture, 0));
  }
  // Behind a layer of a stage.
#define NEXT(channels, side, buffer)                                                                            \
  if (peaks) {                                                                                                  \
    EACH peaks[picture * layers + (layer - model->layers)] = KERNEL(peak)(channels, side, AT(picture, buffer)); \
  }                                                                                                             \
  ++layer;
  EACH KERNEL(convolve_4_16)(layer, AT(picture, 2), 0, AT(picture, 0));
  NEXT(16, 32, 0)
  int now = 0, middle = 1, next = 2;
#define BLOCK(channels, side, first, second)                                            \
  EACH KERNEL(first)(layer, AT(picture, now), 0, AT(picture, middle));                  \
  NEXT(channels, side, middle)                                                          \
  EACH KERNEL(second)(layer, AT(picture, middle), AT(picture, now), AT(picture, next)); \
  NEXT(channels, side, next)                                                            \
  {                                                                                     \
    const int old = now;                                                                \
    now = next;                                                                         \
    next = old;                                                                         \
  }
#define STAGE(channels, side, first, second, rest)                                                   \
  EACH KERNEL(clear_border)(channels, side, AT(picture, middle));                                    \
  EACH KERNEL(clear_border)(channels, side, AT(picture, next));                                      \
  BLOCK(channels, side, first, second)                                                               \
  EACH KERNEL(clear_border)(channels, side, AT(picture, next));                                      \
  for (int block = 1; block < model->blocks; ++block) {                                              \
    BLOCK(channels, side, rest, rest)                                                                \
  }
  STAGE(16, 32, convolve_16_16, convolve_16_16, convolve_16_16)
  STAGE(32, 16, convolve_16_32, convolve_32_32_from_16, convolve_32_32)
  STAGE(64, 8, convolve_32_64, convolve_64_64_from_32, convolve_64_64)
  EACH KERNEL(head)(model, AT(picture, now), logits + (int64_t)picture * model->labels);
#undef AT
#undef EACH
#undef NEXT
#undef BLOCK
#undef STAGE
}
