// The kernels, compiled once for each set of instructions and each kind of numbers: CResNet.c includes this file with
//   KERNEL(name)   the function's name
//   LANES          32-bit numbers of a register
//   Activation     how an activation is stored; PACK of them are read at a time, as 32 bits
//   Weight         how a weight is stored
//   IS_INT8        whether sums are integers, which are scaled to steps of the output
//   TILE(out)      the output rows, columns and registers of channels that are worked on together, as `rows, columns,
//                  vectors`
//   MULTIPLY(sum, activations, weights)   of 8 bits: adds to each sum the products of its PACK activations and weights
//
// Activations lie [row][column][channel] with a border of one pixel around.

typedef float KERNEL(Floats) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t KERNEL(Integers) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef Activation KERNEL(Activations) __attribute__((vector_size(LANES * sizeof(Activation)), aligned(1)));
#define Floats KERNEL(Floats)
#define Integers KERNEL(Integers)
#define Activations KERNEL(Activations)
#if IS_INT8
#define Sums Integers
#else
#define Sums Floats
#endif

// One register of outputs: scaled, with bias and shortcut, at least 0, rounded to even. Products are rounded before they
// are added, so that every set of instructions gives the same.
static ALWAYS_INLINE void KERNEL(finish)(Sums sum, const CResNetLayer *layer, int channel, const Activation *shortcut,
                                         Activation *output) {
  const Floats bias = *(const Floats *)(layer->bias + channel);
#if IS_INT8
  Floats value = __builtin_convertvector(sum, Floats) * *(const Floats *)(layer->scale + channel);
  value += bias;
  if (shortcut) {
    const Floats residual = __builtin_convertvector(*(const Activations *)shortcut, Floats) * layer->residual_scale;
    value += residual;
  }
  value = __builtin_elementwise_min(__builtin_elementwise_max(value, (Floats){}), (Floats){} + 255.0f);
  // Of a number up to 2²², the sum with 1.5 · 2²³ has the nearest integer in its low bits.
  const Integers bits = (Integers)(value + 12582912.0f) & 255;
  *(Activations *)output = __builtin_convertvector(bits, Activations);
#else
  Floats value = sum + bias;
  if (shortcut) value += *(const Activations *)shortcut;
  *(Activations *)output = __builtin_elementwise_max(value, (Floats){});
#endif
}

// Input channels that have weights: a picture's fourth is there to be packed.
#define WEIGHED(in) (IS_INT8 || (in) > 4 ? (in) : 3)

// PACK activations in each 32 bits of a register.
static ALWAYS_INLINE Sums KERNEL(spread)(const Activation *from) {
  typedef __typeof__(((Sums){})[0]) Pack __attribute__((aligned(1), may_alias));
  return (Sums){} + *(const Pack *)from;
}

static ALWAYS_INLINE Sums KERNEL(multiply)(Sums sum, Sums activations, Sums weights) {
#if IS_INT8
  return (Sums)MULTIPLY(sum, activations, weights);
#else
  // The sums' last bits are the instructions' own.
#pragma clang fp contract(fast)
  return sum + activations * weights;
#endif
}

// `rows` × `columns` outputs of `vectors` registers of channels. `input` is the first pixel that they see.
static ALWAYS_INLINE void KERNEL(tile)(const int in, const int out, const int stride, const int side, const int rows,
                                       const int columns, const int vectors, const CResNetLayer *layer,
                                       const Weight *weights, const Activation *input, int channel,
                                       const Activation *shortcut, const int shortcut_channels, Activation *output) {
  const int in_row = (side * stride + 2) * in, out_row = (side + 2) * out;
  Sums sum[4][8][4];
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int column = 0; column < columns; ++column) {
      UNROLL for (int vector = 0; vector < vectors; ++vector) sum[row][column][vector] = (Sums){};
    }
  }
  for (int offset = 0; offset < 3; ++offset) {
    for (int part = 0; part < WEIGHED(in); part += PACK) {
      Sums factor[3][4];
      UNROLL for (int height = 0; height < 3; ++height) {
        UNROLL for (int vector = 0; vector < vectors; ++vector) {
          factor[height][vector] = *(const Sums *)weights;
          weights += LANES * PACK;
        }
      }
      const Activation *from = input + offset * in + part;
      UNROLL for (int line = 0; line < (rows - 1) * stride + 3; ++line) {
        UNROLL for (int column = 0; column < columns; ++column) {
          const Sums value = KERNEL(spread)(from + line * in_row + column * stride * in);
          UNROLL for (int row = 0; row < rows; ++row) {
            const int height = line - row * stride;
            if (height < 0 || height > 2) continue;
            UNROLL for (int vector = 0; vector < vectors; ++vector) {
              sum[row][column][vector] = KERNEL(multiply)(sum[row][column][vector], value, factor[height][vector]);
            }
          }
        }
      }
    }
  }
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int column = 0; column < columns; ++column) {
      UNROLL for (int vector = 0; vector < vectors; ++vector) {
        const int at = channel + vector * LANES;
        // A shortcut of fewer channels has half of the channels and twice the side.
        const int step = out / shortcut_channels;
        const bool has_shortcut = shortcut && at < shortcut_channels;
        KERNEL(finish)(
            sum[row][column][vector], layer, at,
            has_shortcut ? shortcut + row * step * (side * step + 2) * shortcut_channels +
                               column * step * shortcut_channels + at
                         : 0,
            output + row * out_row + column * out + at);
      }
    }
  }
}

// A convolution of one picture: `in` channels to `out` at `side` × `side` outputs.
static ALWAYS_INLINE void KERNEL(convolve)(const int in, const int out, const int stride, const int side,
                                           const int rows, const int columns, const int vectors,
                                           const CResNetLayer *layer, const Activation *input,
                                           const Activation *shortcut, const int shortcut_channels,
                                           Activation *output) {
  const int in_row = (side * stride + 2) * in, out_row = (side + 2) * out, step = out / shortcut_channels;
  const int shortcut_row = (side * step + 2) * shortcut_channels;
  const Weight *weights = layer->weights;
  for (int channel = 0; channel < out; channel += vectors * LANES) {
    for (int row = 0; row < side; row += rows) {
      for (int column = 0; column < side; column += columns) {
        KERNEL(tile)(
            in, out, stride, side, rows, columns, vectors, layer, weights,
            input + row * stride * in_row + column * stride * in, channel,
            shortcut ? shortcut + (row * step + 1) * shortcut_row + (column * step + 1) * shortcut_channels : 0,
            shortcut_channels, output + (row + 1) * out_row + (column + 1) * out);
      }
    }
    weights += 9 * WEIGHED(in) * vectors * LANES;
  }
}

#define CONVOLUTION(name, in, out, stride, side, shortcut_channels)                                        \
  static void KERNEL(name)(const CResNetLayer *layer, const Activation *input, const Activation *shortcut, \
                           Activation *output) {                                                           \
    KERNEL(convolve)(in, out, stride, side, TILE(out), layer, input, shortcut, shortcut_channels, output);    \
  }
CONVOLUTION(convolve_4_16, 4, 16, 1, 32, 16)
CONVOLUTION(convolve_16_16, 16, 16, 1, 32, 16)
CONVOLUTION(convolve_16_32, 16, 32, 2, 16, 32)
CONVOLUTION(convolve_32_32, 32, 32, 1, 16, 32)
CONVOLUTION(convolve_32_32_from_16, 32, 32, 1, 16, 16)
CONVOLUTION(convolve_32_64, 32, 64, 2, 8, 64)
CONVOLUTION(convolve_64_64, 64, 64, 1, 8, 64)
CONVOLUTION(convolve_64_64_from_32, 64, 64, 1, 8, 32)
#undef CONVOLUTION

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
#undef Floats
#undef Integers
#undef Activations
#undef Sums
#undef WEIGHED
