// Minimal filtering in 8 bits: a column of a tile's 4 × 4 products stays in registers, and the outputs that it is added
// to do, too.
//   WINOGRAD_COLUMN_TILES   the tiles beside each other that are worked on together

// A column of the 4 × 4 products of `tiles` tiles, for LANES output channels; `weights` are this column's.
static ALWAYS_INLINE void KERNEL(multiply_column)(const int channels, const int tiles, const Activation *input,
                                                  const Weight *weights, Sums sum[4][4]) {
  UNROLL for (int tile = 0; tile < tiles; ++tile) {
    UNROLL for (int row = 0; row < 4; ++row) sum[tile][row] = (Sums){};
  }
  for (int part = 0; part < channels; part += PACK) {
    UNROLL for (int row = 0; row < 4; ++row, weights += LANES * PACK) {
      const Sums factor = *(const Sums *)weights;
      UNROLL for (int tile = 0; tile < tiles; ++tile) {
        const Sums value = KERNEL(spread)(input + row * 4 * PLANE + tile * channels + part);
        sum[tile][row] = KERNEL(multiply)(sum[tile][row], value, factor);
      }
    }
  }
}

// Adds to a tile's outputs [row][column] what Aᵀ and A make of a column of products.
static ALWAYS_INLINE void KERNEL(add_column)(const int column, const Sums products[4], Sums outputs[2][2]) {
  const Sums half[2] = {products[0] + products[1] + products[2], products[1] - products[2] - products[3]};
  UNROLL for (int row = 0; row < 2; ++row) {
    if (column < 3) outputs[row][0] += half[row];
    if (column == 1) outputs[row][1] += half[row];
    if (column > 1) outputs[row][1] -= half[row];
  }
}

// LANES output channels, from `channel` on, of `tiles` tiles beside each other. `shortcut` and `output` are at their
// first pixel.
static ALWAYS_INLINE void KERNEL(winograd_tiles)(const int channels, const int side, const int tiles,
                                                 const CResNetLayer *layer, const Activation *input, int channel,
                                                 const Activation *shortcut, const int shortcut_channels,
                                                 Activation *output) {
  // A shortcut of fewer channels has half of the channels and twice the side.
  const int step = channels / shortcut_channels, shortcut_row = (side * step + 2) * shortcut_channels;
  const int out_row = (side + 2) * channels;
  const Weight *weights = (const Weight *)layer->weights + 16 * channels * channel;
  Sums outputs[4][2][2] = {};
  UNROLL for (int column = 0; column < 4; ++column, weights += 4 * channels * LANES) {
    Sums products[4][4];
    KERNEL(multiply_column)(channels, tiles, input + column * PLANE, weights, products);
    UNROLL for (int tile = 0; tile < tiles; ++tile) KERNEL(add_column)(column, products[tile], outputs[tile]);
  }
  // Behind the weights stands what the inputs' zero points add to a sum, [2 · 2][channel].
  const int32_t *zeros = (const int32_t *)((const Weight *)layer->weights + 16 * channels * channels);
  const bool has_shortcut = shortcut && channel < shortcut_channels;
  UNROLL for (int tile = 0; tile < tiles; ++tile) {
    UNROLL for (int pixel = 0; pixel < 4; ++pixel) {
      const int row = pixel / 2, column = 2 * tile + pixel % 2;
      Sums sum = outputs[tile][row][pixel % 2];
      sum -= *(const Sums *)(zeros + pixel * channels + channel);
      KERNEL(finish)(
          sum, layer, channel,
          has_shortcut ? shortcut + row * step * shortcut_row + column * step * shortcut_channels + channel : 0,
          output + row * out_row + column * channels + channel);
    }
  }
}

// A convolution of one picture: `channels` to as many at `side` × `side` outputs.
static ALWAYS_INLINE void KERNEL(winograd)(const int channels, const int side, const CResNetLayer *layer,
                                           const Activation *input, const Activation *shortcut,
                                           const int shortcut_channels, Activation *output) {
  const int step = channels / shortcut_channels, shortcut_row = (side * step + 2) * shortcut_channels;
  const int row_length = (side + 2) * channels;
  Activation transformed[16 * PLANE] __attribute__((aligned(64)));
  for (int row = 0; row < side; row += 2) {
    KERNEL(transform_inputs)(channels, side, input + row * row_length, transformed);
    for (int channel = 0; channel < channels; channel += LANES) {
      for (int tile = 0; tile < side / 2; tile += WINOGRAD_COLUMN_TILES) {
        KERNEL(winograd_tiles)(
            channels, side, WINOGRAD_COLUMN_TILES, layer, transformed + tile * channels, channel,
            shortcut ? shortcut + (row * step + 1) * shortcut_row + (2 * tile * step + 1) * shortcut_channels : 0,
            shortcut_channels, output + (row + 1) * row_length + (2 * tile + 1) * channels);
      }
    }
  }
}
