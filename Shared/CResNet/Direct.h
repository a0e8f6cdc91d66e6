// Direct convolution in registers: of both kinds of numbers, any stride.
//   TILE(out)   the output rows, columns and registers of channels that are worked on together, as `rows, columns,
//               vectors`

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
