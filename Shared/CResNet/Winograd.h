// 3 × 3 convolutions with stride 1 and as many input as output channels, by minimal filtering F(2 × 2, 3 × 3) (Lavin
// and Gray 2015, https://arxiv.org/abs/1509.09308, section 4.1): Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, g a filter, d the 4 × 4
// inputs that a tile of 2 × 2 outputs sees. A channel of a tile takes 16 products instead of 36. Summed over the input
// channels, each of the 16 places is a product of matrices: tiles × channels times channels × channels.
//
// With 8 bits Bᵀ d B goes from -510 to 510 steps of the input, at one place from 0 to 1020. It is kept in 8 bits as well,
// in steps of 8/3, the rest cut off: steps of 2 cut off more than they round less, steps of 4 round more (the logits'
// distance to float32 on a network trained on CIFAR-100 says so). `cresnet_pack_int8` knows the step, too.
//
// A row of a picture's tiles is transformed at a time, in each stage `side` ÷ 2 tiles of `channels` numbers. The products
// are in WinogradFloats.h and WinogradInt8.h.
#define PLANE 256

#if IS_INT8
typedef int16_t KERNEL(Terms) __attribute__((vector_size(LANES * 2), aligned(2)));
#define Terms KERNEL(Terms)
#else
#define Terms Floats
#endif

// Bᵀ of a column of inputs.
static ALWAYS_INLINE void KERNEL(filter_inputs)(const Activation *input, const int in_row, Terms to[4]) {
  Terms from[4];
  UNROLL for (int row = 0; row < 4; ++row) {
    from[row] = __builtin_convertvector(*(const Activations *)(input + row * in_row), Terms);
  }
  to[0] = from[0] - from[2];
  to[1] = from[1] + from[2];
  to[2] = from[2] - from[1];
  to[3] = from[1] - from[3];
}

// Keeps one of the 16 places of Bᵀ d B.
static ALWAYS_INLINE void KERNEL(keep)(Terms value, const int place, Activation *to) {
#if IS_INT8
  value = (Terms)THREE_EIGHTHS(value);
  // A sum of sums is never negative, all others are as often as not.
  const int zero = WINOGRAD_ZERO(place);
  value = __builtin_elementwise_max(value, (Terms){} - (int16_t)zero);
  value = __builtin_elementwise_min(value, (Terms){} + (int16_t)(255 - zero));
  value += (int16_t)zero;
#endif
  *(Activations *)(to + place * PLANE) = __builtin_convertvector(value, Activations);
}

// Bᵀ d B of a row of tiles, [16][tile][channel]. `input` is the first pixel that they see.
static ALWAYS_INLINE void KERNEL(transform_inputs)(const int channels, const int side, const Activation *input,
                                                   Activation *transformed) {
  const int in_row = (side + 2) * channels;
  for (int channel = 0; channel < channels; channel += LANES) {
    // Two of a tile's four columns are the next one's, too.
    Terms column[4][4];
    const Activation *from = input + channel;
    KERNEL(filter_inputs)(from, in_row, column[0]);
    KERNEL(filter_inputs)(from + channels, in_row, column[1]);
    for (int tile = 0; tile < side / 2; ++tile) {
      from += 2 * channels;
      KERNEL(filter_inputs)(from, in_row, column[2]);
      KERNEL(filter_inputs)(from + channels, in_row, column[3]);
      Activation *to = transformed + tile * channels + channel;
      UNROLL for (int row = 0; row < 4; ++row) {
        KERNEL(keep)(column[0][row] - column[2][row], row * 4, to);
        KERNEL(keep)(column[1][row] + column[2][row], row * 4 + 1, to);
        KERNEL(keep)(column[2][row] - column[1][row], row * 4 + 2, to);
        KERNEL(keep)(column[1][row] - column[3][row], row * 4 + 3, to);
        column[0][row] = column[2][row];
        column[1][row] = column[3][row];
      }
    }
  }
}

#if IS_INT8
#include "WinogradInt8.h"
#else
#include "WinogradFloats.h"
#endif
#undef PLANE
#undef Terms
