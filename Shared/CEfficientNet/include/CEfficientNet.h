// Inference of EfficientNet-Lite: inverted residual blocks (Sandler et al. 2018, MobileNetV2; Tan and Le 2019,
// EfficientNet) without squeeze-and-excitation, with ReLU6, batch norm folded into the weights.
//
// A network is made with `cefficientnet_create`, gets its blocks in order and then its head; from then on it is read
// only. Each thread brings a scratch of its own. Pictures are computed one by one, so company changes no feature.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Which instructions run. Products are of float32, with bfloat16 instructions of bfloat16, and sums of float32 always.
typedef enum CEfficientNetInstructions {
  CEfficientNetPortable = 0,
  CEfficientNetAVX2 = 1,
  CEfficientNetAVX512 = 2,
  CEfficientNetBFloat16 = 3,  // AVX512_BF16
} CEfficientNetInstructions;

// The best that this processor has.
CEfficientNetInstructions cefficientnet_best_instructions(void);

typedef struct CEfficientNet CEfficientNet;
typedef struct CEfficientNetScratch CEfficientNetScratch;

// One block: 1 × 1 to `hidden` channels, depthwise `kernel` × `kernel`, 1 × 1 to `outputs`. Padding is TensorFlow's SAME.
typedef struct CEfficientNetBlock {
  int32_t kernel;    // 3 or 5
  int32_t stride;    // 1 or 2
  int32_t hidden;    // a multiple of 16
  int32_t outputs;   // a multiple of 8
  bool is_residual;  // the input is added to the output; needs stride 1 and as many inputs as outputs
} CEfficientNetBlock;

// A network for pictures of size × size, `size` from 1, without blocks. The caller owns it, and frees it with
// `cefficientnet_free`. NULL without memory, or for instructions that the processor lacks.
CEfficientNet *cefficientnet_create(int32_t size, CEfficientNetInstructions instructions);
void cefficientnet_free(CEfficientNet *network);

// Adds a block; weights are copied. The first block's expansion is the stem: 3 × 3 over the picture at stride 2,
// [hidden][27], its inputs row by row, RGB innermost. Later ones are [hidden][outputs of the block before].
// `depthwise` is [kernel × kernel][hidden], `project` [outputs][hidden]. False without memory.
bool cefficientnet_add(CEfficientNet *network, CEfficientNetBlock block, const float *expand, const float *expand_bias,
                       const float *depthwise, const float *depthwise_bias, const float *project,
                       const float *project_bias);

// Sets the last 1 × 1 convolution, [features][outputs of the last block], `features` a multiple of 16; its mean over
// the pixels is what a picture comes to. False without memory.
bool cefficientnet_set_head(CEfficientNet *network, int32_t features, const float *weights, const float *bias);

// Memory for one thread; the caller owns it. NULL without memory.
CEfficientNetScratch *cefficientnet_scratch_create(const CEfficientNet *network);
void cefficientnet_scratch_free(CEfficientNetScratch *scratch);

// The features of one picture: size × size pixels of 3 bytes, RGB, which enter as (x - 127) / 128.
void cefficientnet_features(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture,
                            float *features);

// The pixels that a picture has after the last block.
int32_t cefficientnet_places(const CEfficientNet *network);

// What the last block makes of one picture, before the last convolution: [places][outputs of that block].
void cefficientnet_grid(const CEfficientNet *network, CEfficientNetScratch *scratch, const uint8_t *picture,
                        float *grid);

#ifdef __cplusplus
}
#endif
