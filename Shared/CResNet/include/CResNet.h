// Inference of a residual network for 32 × 32 pictures (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2):
// a 3 × 3 convolution to 16 channels; three stages of `blocks` blocks, at 16, 32 and 64 channels and 32, 16 and 8 pixels
// a side, each block two 3 × 3 convolutions beside a shortcut without weights (option A); the mean over the pixels; a
// linear layer. Batch normalisation is folded into the convolutions beforehand.
//
// Numbers are float32, or 8 bits: activations 0 ... 255 with a scale a tensor, weights -127 ... 127 with a scale an
// output channel, sums of 32 bits. With 8 bits all instructions give the same logits to the bit.
//
// Nothing here allocates or fails. All memory is the caller's, aligned to 64 bytes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CRESNET_SIDE 32      // of a picture
#define CRESNET_FEATURES 64  // that the linear layer sees

// What the processor must have: AVX2 with FMA; AVX-512 F, BW, DQ, VL with VNNI.
typedef enum CResNetInstructions { CResNetPortable = 0, CResNetAVX2 = 1, CResNetAVX512 = 2 } CResNetInstructions;

typedef struct CResNetLayer {
  const void *weights;   // as `cresnet_pack_…` laid them
  const float *scale;    // [out], of 8 bits: sum → step of the output; not read with float32
  const float *bias;     // [out], in steps of the output
  float residual_scale;  // of 8 bits: step of the shortcut → step of the output; not read with float32
} CResNetLayer;

typedef struct CResNetModel {
  int32_t blocks;  // a stage, from 1
  int32_t labels;  // from 1
  bool is_int8;
  float border[3];             // what lies outside of a picture: the mean pixel, red, green, blue
  const CResNetLayer *layers;  // [1 + 6 · blocks], in the order of their run
  float feature_scale;         // of 8 bits: step of the last activations; else 1
  const float *head;           // [64][label_stride], times the features
  const float *head_bias;      // [label_stride]
  int32_t label_stride;        // labels, rounded up to 16
} CResNetModel;

// The best that this processor has.
CResNetInstructions cresnet_best_instructions(void);

// Bytes that the weights of a layer take as `cresnet_pack` lays them, at most.
int64_t cresnet_packed_bytes(int32_t in, int32_t out);

// Lays the weights [out][in][3][3] of a convolution as the kernels read them; `in` is 3, 16, 32 or 64, `out` 16, 32 or 64.
void cresnet_pack_floats(CResNetInstructions instructions, int32_t in, int32_t out, const float *weights, void *packed);
// With 8 bits it writes `steps` [out]: a sum times the step of its channel is in steps of the input.
void cresnet_pack_int8(CResNetInstructions instructions, int32_t in, int32_t out, const float *weights, void *packed,
                       float *steps);

// Bytes of the memory that `cresnet_logits` writes to; any content.
int64_t cresnet_scratch_bytes(void);

// The logits [count][labels] of pictures [count][32][32][3] of red, green, blue; where `peaks_or_null` is not null,
// also each picture's largest activation behind each layer, [count][1 + 6 · blocks], in the model's steps.
void cresnet_logits(const CResNetModel *model, CResNetInstructions instructions, const uint8_t *pictures, int64_t count,
                    void *scratch, float *logits, float *peaks_or_null);

#ifdef __cplusplus
}
#endif
