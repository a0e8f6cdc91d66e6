// Minimal filtering in float32: all 16 products of a row of tiles, one after the other, then their outputs.
//   WINOGRAD_TILE(channels)   the tiles and registers of channels that are multiplied together, as `tiles, vectors`

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
static ALWAYS_INLINE void KERNEL(winograd)(const int channels, const int side, const CResNetLayer *layer,
                                           const float *input, const float *shortcut, const int shortcut_channels,
                                           float *output) {
  // A shortcut of fewer channels has half of the channels and twice the side.
  const int step = channels / shortcut_channels, shortcut_row = (side * step + 2) * shortcut_channels;
  const int row_length = (side + 2) * channels;
  float transformed[16 * PLANE] __attribute__((aligned(64)));
  float products[16 * PLANE] __attribute__((aligned(64)));
  for (int row = 0; row < side; row += 2) {
    KERNEL(transform_inputs)(channels, side, input + row * row_length, transformed);
    for (int place = 0; place < 16; ++place) {
      KERNEL(multiply_plane)(channels, side, WINOGRAD_TILE(channels), transformed + place * PLANE,
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
