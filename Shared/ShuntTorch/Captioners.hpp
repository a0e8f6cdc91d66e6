// What the decoders of captions share.
#pragma once
#include "Handles.hpp"

namespace ctorch {

// Parameters one after the other, and the dropout between them.
class Captioner {
 public:
  Captioner(CTorchTensor *const *parameters, int64_t count, double dropout, CTorchGenerator *generator_or_null)
      : next_(parameters), end_(parameters + count), dropout_(generator_or_null ? dropout : 0),
        generator_(generator_or_null) {}

 protected:
  const at::Tensor &parameter() {
    TORCH_CHECK(next_ != end_, "a captioner was given fewer parameters than it has");
    return (*next_++)->value;
  }

  at::Tensor linear(const at::Tensor &input) {
    const auto &weight = parameter(), &bias = parameter();
    return at::linear(input, weight, bias);
  }

  at::Tensor dropped(const at::Tensor &input) {
    if (dropout_ == 0) return input;
    auto kept = at::empty_like(input).bernoulli_(1 - dropout_, generator_->value);
    return input * kept.div_(1 - dropout_);
  }

  void check_end() const { TORCH_CHECK(next_ == end_, "a captioner was given more parameters than it has"); }
  int64_t left() const { return end_ - next_; }

 private:
  CTorchTensor *const *next_, *const *end_;
  double dropout_;
  CTorchGenerator *generator_;
};

}  // namespace ctorch
