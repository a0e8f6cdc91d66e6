// The kernels, compiled once for each set of instructions and each kind of numbers: CResNet.c includes this file with
//   KERNEL(name)   the function's name
//   LANES          32-bit numbers of a register
//   Activation     how an activation is stored; PACK of them are read at a time, as 32 bits
//   Weight         how a weight is stored
//   IS_INT8        whether sums are integers, which are scaled to steps of the output
//   TILE(out), WINOGRAD_TILE(channels), WINOGRAD_COLUMN_TILES    what is worked on together: see Direct.h, Winograd….h
//   THREE_EIGHTHS(value)   of 8 bits: of LANES numbers of 16 bits, rounded, halves up
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

#include "Direct.h"
#include "Winograd.h"

#define ARGUMENTS const CResNetLayer *layer, const Activation *input, const Activation *shortcut, Activation *output
#define CONVOLUTION(name, in, out, stride, side)                                                        \
  static void KERNEL(name)(ARGUMENTS) {                                                                 \
    KERNEL(convolve)(in, out, stride, side, TILE(out), layer, input, shortcut, out, output);            \
  }
// As many input as output channels, a pixel for each pixel.
#define SAME(name, channels, side, shortcut_channels)                                                         \
  static void KERNEL(name)(ARGUMENTS) {                                                                       \
    KERNEL(winograd)(channels, side, layer, input, shortcut, shortcut_channels, output);      \
  }
CONVOLUTION(convolve_4_16, 4, 16, 1, 32)
SAME(convolve_16_16, 16, 32, 16)
CONVOLUTION(convolve_16_32, 16, 32, 2, 16)
SAME(convolve_32_32, 32, 16, 32)
SAME(convolve_32_32_from_16, 32, 16, 16)
CONVOLUTION(convolve_32_64, 32, 64, 2, 8)
SAME(convolve_64_64, 64, 8, 64)
SAME(convolve_64_64_from_32, 64, 8, 32)
#undef ARGUMENTS
#undef CONVOLUTION
#undef SAME

#include "Network.h"
#undef Floats
#undef Integers
#undef Activations
#undef Sums
#undef WEIGHED
