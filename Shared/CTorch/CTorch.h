// The C interface of libtorch that the module Torch needs. It is a library of its own, libShuntTorch, which Torch loads
// when it is first needed: libtorch takes 150 MB and a third of a second, and most workers never train or encode.
//
// Rules of every function:
// - It returns 0, or -1 after which `ctorch_last_error` has libtorch's reason (of this thread). No C++ exception
//   leaves it.
// - A tensor, optimizer or generator that it writes to an `out` belongs to the caller, who frees it exactly once.
//   `out` stays untouched on an error.
// - Arguments are borrowed for the call only; libtorch counts its own references to what autograd needs later.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTorchTensor CTorchTensor;
typedef struct CTorchOptimizer CTorchOptimizer;
typedef struct CTorchGenerator CTorchGenerator;

typedef enum CTorchType {
  CTorchTypeUInt8 = 0,
  CTorchTypeInt8 = 1,
  CTorchTypeInt32 = 3,
  CTorchTypeInt64 = 4,
  CTorchTypeFloat16 = 5,
  CTorchTypeFloat32 = 6,
  CTorchTypeFloat64 = 7,
  CTorchTypeBool = 11,
  CTorchTypeBFloat16 = 15
} CTorchType;

// The reason of this thread's last error; valid until its next one.
const char *ctorch_last_error(void);

// Making, reading, freeing.
int ctorch_from_bytes(const void *bytes, uint64_t byte_count, CTorchType type, const int64_t *shape, int64_t dimensions,
                      CTorchTensor **out);  // copies `bytes`
int ctorch_full(const int64_t *shape, int64_t dimensions, double value, CTorchType type, CTorchTensor **out);
int ctorch_normal(const int64_t *shape, int64_t dimensions, double mean, double deviation, CTorchGenerator *generator,
                  CTorchTensor **out);
int ctorch_uniform(const int64_t *shape, int64_t dimensions, double low, double high, CTorchGenerator *generator,
                   CTorchTensor **out);
void ctorch_free(CTorchTensor *tensor);
int64_t ctorch_dimensions(const CTorchTensor *tensor);
int64_t ctorch_size(const CTorchTensor *tensor, int64_t dimension);  // -1 outside 0 ..< dimensions
int64_t ctorch_count(const CTorchTensor *tensor);
int ctorch_type(const CTorchTensor *tensor);  // a value of CTorchType where it is one
// Copies all elements, row after row, converted to `type`; `byte_count` must be exactly their size.
int ctorch_to_bytes(const CTorchTensor *tensor, CTorchType type, void *bytes, uint64_t byte_count);
int ctorch_to_type(const CTorchTensor *tensor, CTorchType type, CTorchTensor **out);
int ctorch_clone(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_contiguous(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_assign(CTorchTensor *tensor, const CTorchTensor *values);  // in place, outside of autograd

// Arithmetic, with broadcasting.
int ctorch_add(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out);
int ctorch_subtract(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out);
int ctorch_multiply(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out);
int ctorch_divide(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out);
int ctorch_affine(const CTorchTensor *tensor, double scale, double offset, CTorchTensor **out);
int ctorch_equal_scalar(const CTorchTensor *tensor, double value, CTorchTensor **out);
int ctorch_exp(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_log(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_square_root(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_clamp_minimum(const CTorchTensor *tensor, double minimum, CTorchTensor **out);
int ctorch_matmul(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out);
int ctorch_svd(const CTorchTensor *matrix, CTorchTensor **u, CTorchTensor **s, CTorchTensor **vh);

// Layers. A `bias`, `weight` of the loss or `generator` may be null where said.
int ctorch_linear(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias_or_null,
                  CTorchTensor **out);
int ctorch_embedding(const CTorchTensor *weight, const CTorchTensor *indices, int64_t padding_index,
                     CTorchTensor **out);
int ctorch_conv1d(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias_or_null,
                  int64_t stride, int64_t padding, CTorchTensor **out);
int ctorch_layer_norm(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias, double epsilon,
                      CTorchTensor **out);  // over the last dimension
int ctorch_dropout(const CTorchTensor *input, double probability, CTorchGenerator *generator, CTorchTensor **out);
int ctorch_relu(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_gelu(const CTorchTensor *tensor, CTorchTensor **out);  // exact, by erf
int ctorch_tanh(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_softmax(const CTorchTensor *tensor, int64_t dimension, CTorchTensor **out);
int ctorch_log_softmax(const CTorchTensor *tensor, int64_t dimension, CTorchTensor **out);

// What a TextCNN's head sees (Kim 2014): [texts, filters + dimension]. Of each filter max(0, bias + the largest sum over
// the windows that begin in the text), then the sum of the text's embeddings over the root of their number. The
// gradient of a table that is a leaf is sparse.
//   table [tokens, dimension]; weights: bank by bank [width, count, dimension], all rows one below the other; biases
//   [filters]; of all texts one behind the other: tokens, int64, and keeps, a factor each; ends, int64: one past each
//   text's last position.
int ctorch_text_features(const CTorchTensor *table, const CTorchTensor *weights, const CTorchTensor *biases,
                         const CTorchTensor *tokens, const CTorchTensor *keeps, const CTorchTensor *ends,
                         const int64_t *widths, const int64_t *counts, int64_t banks, CTorchTensor **out);

// The logits [pictures, labels] of a residual network for 32 × 32 pictures (He et al. 2015, section 4.2) of `blocks`
// blocks a stage; pictures [pictures, 3, 32, 32], normalised. Of each convolution in the order of their run: weight
// [out, in, 3, 3], then of its batch normalisation scale, shift, running mean and running variance [out], which training
// moves; last the linear layer's weight [labels, 64] and bias [labels].
int ctorch_residual_network(const CTorchTensor *pictures, CTorchTensor *const *parameters, int64_t count,
                            int64_t blocks, bool is_training, CTorchTensor **out);

// The largest output of each unit of a bidirectional LSTM (Hochreiter and Schmidhuber 1997) over a text's tokens,
// [texts, 2 · hidden], the forward direction's units first; input [texts, length, dimension], behind a text's length
// anything; lengths, int64, from 1. Of the forward, then of the backward direction: input weights [4 · hidden, dimension],
// recurrent weights [4 · hidden, hidden] and biases [4 · hidden], gates in the order input, forget, cell, output.
int ctorch_lstm_maxima(const CTorchTensor *input, const CTorchTensor *lengths, CTorchTensor *const *parameters,
                       CTorchTensor **out);

// The mean over each text's tokens, [texts, hidden], of what a BERT encoder's layers (Devlin et al. 2019) make of
// embedded [texts, length, hidden]; lengths, int64, from 1. Of each layer weight and bias of queries, keys, values and
// what follows attention, scale and shift of a normalisation; weight and bias of the inner and of the outer layer, scale
// and shift. Unless `is_exact`, products compute in bfloat16 where the processor has it.
int ctorch_transformer_means(const CTorchTensor *embedded, const CTorchTensor *lengths,
                             CTorchTensor *const *parameters, int64_t count, int64_t heads, double epsilon,
                             bool is_exact, CTorchTensor **out);

// The logits [captions, length, words] of a caption's decoder: at each place those of the token after it. grids [captions,
// places, channels]; tokens, int64, [captions, length], the first one the start. Where there is a generator, each step
// zeroes the share `dropout` of embeddings and outputs.
//
// An LSTM with spatial attention (Lu et al. 2017). Parameters: of the places' values, of the image, of the gates weights,
// recurrent weights and biases, of the query and of the output each weight and bias; the embedding stands before the gates.
int ctorch_lstm_captioner(const CTorchTensor *grids, const CTorchTensor *tokens, CTorchTensor *const *parameters,
                          int64_t count, double dropout, CTorchGenerator *generator_or_null, CTorchTensor **out);
// A transformer's decoder (Vaswani et al. 2017), normalised before each part, whose output is its embedding. Parameters:
// weight and bias of the places' values, scale and shift of their normalisation, embedding, positions; of each layer as
// `DecoderLayer` in TransformerCaptioner.cpp has them; scale and shift of the last normalisation, bias of the output.
int ctorch_transformer_captioner(const CTorchTensor *grids, const CTorchTensor *tokens,
                                 CTorchTensor *const *parameters, int64_t count, int64_t heads, double dropout,
                                 CTorchGenerator *generator_or_null, CTorchTensor **out);

// Reductions over one dimension.
int ctorch_max(const CTorchTensor *tensor, int64_t dimension, bool keep, CTorchTensor **values,
               CTorchTensor **indices);
int ctorch_mean(const CTorchTensor *tensor, int64_t dimension, bool keep, CTorchTensor **out);
int ctorch_sum(const CTorchTensor *tensor, int64_t dimension, bool keep, CTorchTensor **out);
int ctorch_sum_all(const CTorchTensor *tensor, CTorchTensor **out);

// Shape and selection.
int ctorch_reshape(const CTorchTensor *tensor, const int64_t *shape, int64_t dimensions, CTorchTensor **out);
int ctorch_transpose(const CTorchTensor *tensor, int64_t first, int64_t second, CTorchTensor **out);
int ctorch_concatenate(const CTorchTensor *const *tensors, int64_t count, int64_t dimension, CTorchTensor **out);
int ctorch_narrow(const CTorchTensor *tensor, int64_t dimension, int64_t start, int64_t length, CTorchTensor **out);
int ctorch_index_select(const CTorchTensor *tensor, int64_t dimension, const CTorchTensor *indices,
                        CTorchTensor **out);
int ctorch_masked_fill(const CTorchTensor *tensor, const CTorchTensor *mask, double value, CTorchTensor **out);

// Losses, mean over the batch. `target` of cross-entropy: class indices of type Int64.
int ctorch_cross_entropy(const CTorchTensor *logits, const CTorchTensor *target, const CTorchTensor *weight_or_null,
                         double label_smoothing, CTorchTensor **out);
// Mean over rows of KL(target ‖ exp(log_probabilities)).
int ctorch_kl_divergence(const CTorchTensor *log_probabilities, const CTorchTensor *target, CTorchTensor **out);

// Autograd.
int ctorch_require_gradient(CTorchTensor *tensor, bool required);  // leaves only
int ctorch_detach(const CTorchTensor *tensor, CTorchTensor **out);
int ctorch_backward(const CTorchTensor *loss);
int ctorch_gradient(const CTorchTensor *tensor, CTorchTensor **out_or_null);  // writes null where there is none yet
bool ctorch_set_gradient_enabled(bool enabled);  // this thread's; returns what it was before

// Optimizers. Adam, or AdamW where `decoupled`; of a sparse gradient only the rows that it has are moved.
int ctorch_adam(CTorchTensor *const *parameters, int64_t count, double learning_rate, double weight_decay,
                bool decoupled, CTorchOptimizer **out);
// Stochastic gradient descent with Nesterov's momentum; weight decay as a factor of the squared norm.
int ctorch_gradient_descent(CTorchTensor *const *parameters, int64_t count, double learning_rate, double momentum,
                            double weight_decay, CTorchOptimizer **out);
int ctorch_optimizer_step(CTorchOptimizer *optimizer);  // steps, then clears the gradients
int ctorch_optimizer_set_learning_rate(CTorchOptimizer *optimizer, double learning_rate);
// What steps leave for later ones, as tensors that share their numbers with the optimizer.
int64_t ctorch_optimizer_state_count(const CTorchOptimizer *optimizer);
int ctorch_optimizer_state(const CTorchOptimizer *optimizer, int64_t index, CTorchTensor **out);
void ctorch_optimizer_free(CTorchOptimizer *optimizer);

// Random numbers from a state of their own, so that what runs beside cannot disturb them.
int ctorch_generator(uint64_t seed, CTorchGenerator **out);
void ctorch_generator_free(CTorchGenerator *generator);

// Threads that libtorch's operations use when called from this thread.
int ctorch_threads(void);
int ctorch_set_threads(int threads);

// All of the above, by the names without `ctorch_`.
#define CTORCH_FUNCTIONS(X)                                                                                           \
  X(last_error) X(from_bytes) X(full) X(normal) X(uniform) X(free) X(dimensions) X(size) X(count) X(type)            \
  X(to_bytes) X(to_type) X(clone) X(contiguous) X(assign) X(add) X(subtract) X(multiply) X(divide) X(affine)         \
  X(equal_scalar) X(exp) X(log) X(square_root) X(clamp_minimum) X(matmul) X(svd) X(linear) X(embedding) X(conv1d)    \
  X(layer_norm) X(dropout) X(relu) X(gelu) X(tanh) X(softmax) X(log_softmax) X(text_features) X(residual_network)    \
  X(lstm_maxima) X(transformer_means) X(lstm_captioner) X(transformer_captioner) X(max) X(mean) X(sum)               \
  X(sum_all) X(reshape) X(transpose) X(concatenate) X(narrow) X(index_select) X(masked_fill) X(cross_entropy)        \
  X(kl_divergence) X(require_gradient) X(detach) X(backward) X(gradient) X(set_gradient_enabled) X(adam)             \
  X(gradient_descent) X(optimizer_step) X(optimizer_set_learning_rate) X(optimizer_state_count) X(optimizer_state)   \
  X(optimizer_free) X(generator) X(generator_free) X(threads) X(set_threads)

typedef struct CTorchFunctions {
  uint64_t byte_count;  // of this struct, so that a library with more or fewer functions is noticed
#define CTORCH_MEMBER(name) __typeof__(ctorch_##name) *name;
  CTORCH_FUNCTIONS(CTORCH_MEMBER)
#undef CTORCH_MEMBER
} CTorchFunctions;

// The one symbol that is looked up in the library.
extern const CTorchFunctions ctorch_functions;

#ifdef __cplusplus
}
#endif
