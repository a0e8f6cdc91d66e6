// 3 × 3 convolutions of float32 with stride 1 and as many input as output channels, by minimal filtering
// F(2 × 2, 3 × 3) (Lavin and Gray 2015, https://arxiv.org/abs/1509.09308, section 4.1): Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, g a
// filter, d the 4 × 4 inputs that a tile of 2 × 2 outputs sees. A channel of a tile takes 16 products instead of 36. Summed
// over the input channels, each of the 16 is a product of matrices: tiles × channels times channels × channels.
//   WINOGRAD_TILE(channels)   the tiles and registers of channels that are multiplied together, as `tiles, vectors`
//
// A row of a picture's tiles is worked on at a time: in each stage `side` ÷ 2 tiles of `channels` numbers.
#define PLANE 256

// Bᵀ of a column of inputs.
static ALWAYS_INLINE void KERNEL(filter_inputs)(const float *input, const int in_row, Floats to[4]) {
  Floats from[4];
  UNROLL for (int row = 0; row < 4; ++row) from[row] = *(const Floats *)(input + row * in_row);
  to[0] = from[0] - from[2];
  to[1] = from[1] + from[2];
  to[2] = from[2] - from[1];
  to[3] = from[1] - from[3];
}

// Bᵀ d B of a row of tiles, [16][tile][channel]. `input` is the first pixel that they see.
static ALWAYS_INLINE void KERNEL(transform_inputs)(const int channels, const int side, const float *input,
                                                   float *transformed) {
  const int in_row = (side + 2) * channels;
  for (int channel = 0; channel < channels; channel += LANES) {
    // Two of a tile's four columns are the next one's, too.
    Floats column[4][4];
    const float *from = input + channel;
    KERNEL(filter_inputs)(from, in_row, column[0]);
    KERNEL(filter_inputs)(from + channels, in_row, column[1]);
    for (int tile = 0; tile < side / 2; ++tile) {
      from += 2 * channels;
      KERNEL(filter_inputs)(from, in_row, column[2]);
      KERNEL(filter_inputs)(from + channels, in_row, column[3]);
      float *to = transformed + tile * channels + channel;
      UNROLL for (int row = 0; row < 4; ++row, to += 4 * PLANE) {
        *(Floats *)to = column[0][row] - column[2][row];
        *(Floats *)(to + PLANE) = column[1][row] + column[2][row];
        *(Floats *)(to + 2 * PLANE) = column[2][row] - column[1][row];
        *(Floats *)(to + 3 * PLANE) = column[1][row] - column[3][row];
        column[0][row] = column[2][row];
        column[1][row] = column[3][row];
      }
    }
  }
}

// `tiles` × `vectors` registers of a product of matrices.
static ALWAYS_INLINE void KERNEL(multiply_tiles)(const int channels, const int tiles, const int vectors,
                                                 const float *input, const float *weights, float *output) {
  Floats sum[16][4];
  UNROLL for (int tile = 0; tile < tiles; ++tile) {
    UNROLL for (int vector = 0; vector < vectors; ++vector) sum[tile][vector] = (Floats){};
  }
  for (int in = 0; in < channels; ++in) {
    Floats factor[4];
    UNROLL for (int vector = 0; vector < vectors; ++vector) {
      factor[vector] = *(const Floats *)(weights + in * channels + vector * LANES);
    }
    UNROLL for (int tile = 0; tile < tiles; ++tile) {
      const Floats value = KERNEL(spread)(input + tile * channels + in);
      UNROLL for (int vector = 0; vector < vectors; ++vector) {
        sum[tile][vector] = KERNEL(multiply)(sum[tile][vector], value, factor[vector]);
      }
    }
  }
  UNROLL for (int tile = 0; tile < tiles; ++tile) {
    UNROLL for (int vector = 0; vector < vectors; ++vector) {
      *(Floats *)(output + tile * channels + vector * LANES) = sum[tile][vector];
    }
  }
}

// One of the 16 products of a row of tiles.
static ALWAYS_INLINE void KERNEL(multiply_plane)(const int channels, const int side, const int tiles,
                                                 const int vectors, const float *input, const float *weights,
                                                 float *output) {
  for (int channel = 0; channel < channels; channel += vectors * LANES) {
    for (int tile = 0; tile < side / 2; tile += tiles) {
      KERNEL(multiply_tiles)(channels, tiles, vectors, input + tile * channels, weights + channel,
                             output + tile * channels + channel);
    }
  }
}

// Aᵀ m A of LANES channels of a tile, [row][column].
static ALWAYS_INLINE void KERNEL(transform_outputs)(const float *products, Floats outputs[2][2]) {
  Floats half[2][4];
  UNROLL for (int column = 0; column < 4; ++column, products += PLANE) {
    Floats from[4];
    UNROLL for (int row = 0; row < 4; ++row) from[row] = *(const Floats *)(products + row * 4 * PLANE);
    half[0][column] = from[0] + from[1] + from[2];
    half[1][column] = from[1] - from[2] - from[3];
  }
  UNROLL for (int row = 0; row < 2; ++row) {
    outputs[row][0] = half[row][0] + half[row][1] + half[row][2];
    outputs[row][1] = half[row][1] - half[row][2] - half[row][3];
  }
}

// A convolution of one picture: `channels` to as many at `side` × `side` outputs.
static ALWAYS_INLINE void KERNEL(winograd)(const int channels, const int side, const int tiles, const int vectors,
                                           const CResNetLayer *layer, const float *input, const float *shortcut,
                                           const int shortcut_channels, float *output) {
  // A shortcut of fewer channels has half of the channels and twice the side.
  const int step = channels / shortcut_channels, shortcut_row = (side * step + 2) * shortcut_channels;
  const int row_length = (side + 2) * channels;
  float transformed[16 * PLANE] __attribute__((aligned(64)));
  float products[16 * PLANE] __attribute__((aligned(64)));
  for (int row = 0; row < side; row += 2) {
    KERNEL(transform_inputs)(channels, side, input + row * row_length, transformed);
    for (int place = 0; place < 16; ++place) {
      KERNEL(multiply_plane)(channels, side, tiles, vectors, transformed + place * PLANE,
                             (const float *)layer->weights + place * channels * channels, products + place * PLANE);
    }
    for (int channel = 0; channel < channels; channel += LANES) {
      const bool has_shortcut = shortcut && channel < shortcut_channels;
      for (int column = 0; column < side; column += 2) {
        Floats outputs[2][2];
        KERNEL(transform_outputs)(products + column / 2 * channels + channel, outputs);
        UNROLL for (int pixel = 0; pixel < 4; ++pixel) {
          const int at_row = row + pixel / 2, at_column = column + pixel % 2;
          KERNEL(finish)(
              outputs[pixel / 2][pixel % 2], layer, channel,
              has_shortcut ? shortcut + (at_row * step + 1) * shortcut_row +
                                 (at_column * step + 1) * shortcut_channels + channel
                           : 0,
              output + (at_row + 1) * row_length + (at_column + 1) * channels + channel);
        }
      }
    }
  }
}
#undef PLANE
