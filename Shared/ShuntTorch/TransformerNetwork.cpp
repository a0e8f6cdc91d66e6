// The layers of a BERT encoder (Devlin et al. 2019) over padded texts, with autograd. Matrix products compute in bfloat16
// where the caller asks for it and the processor has it; sums, normalisation and gradients of weights are float32.
#include "BFloat16.hpp"
#include "Handles.hpp"

#include <cmath>
#include <limits>

using ctorch::has_bfloat16;

namespace {

class TransformerNetwork {
 public:
  TransformerNetwork(CTorchTensor *const *parameters, int64_t count, int64_t heads, double epsilon, bool is_exact)
      : next_(parameters), end_(parameters + count), heads_(heads), epsilon_(epsilon),
        type_(!is_exact && has_bfloat16() ? at::kBFloat16 : at::kFloat) {}

  // [texts, hidden], the mean over each text's tokens.
  at::Tensor means(const at::Tensor &embedded, const at::Tensor &lengths) {
    auto places = at::arange(embedded.size(1), lengths.options()).unsqueeze(0);
    auto is_token = places < lengths.unsqueeze(1);
    auto is_padded = !is_token.all().item<bool>();
    auto mask = at::zeros({embedded.size(0), 1, 1, embedded.size(1)}, embedded.options().dtype(type_));
    if (is_padded) {
      mask.masked_fill_(is_token.logical_not().unsqueeze(1).unsqueeze(1), -std::numeric_limits<float>::infinity());
    }
    auto hidden = embedded;
    while (next_ != end_) hidden = layer(hidden, is_padded ? mask : at::Tensor());
    auto kept = hidden * is_token.unsqueeze(2);
    return kept.sum(1) / lengths.unsqueeze(1);
  }

 private:
  CTorchTensor *const *next_, *const *end_;
  int64_t heads_;
  double epsilon_;
  at::ScalarType type_;

  const at::Tensor &parameter() {
    TORCH_CHECK(next_ != end_, "a transformer was given a part of a layer");
    return (*next_++)->value;
  }

  at::Tensor linear(const at::Tensor &input) {
    const auto &weight = parameter(), &bias = parameter();
    return at::linear(input.to(type_), weight.to(type_), bias.to(type_));
  }

  at::Tensor normalized(const at::Tensor &input) {
    const auto &scale = parameter(), &shift = parameter();
    return at::layer_norm(input, scale.sizes(), scale, shift, epsilon_);
  }

  at::Tensor layer(const at::Tensor &input, const at::Tensor &mask) {
    auto attended = normalized(input + linear(attention(input, mask)).to(at::kFloat));
    auto inner = at::gelu(linear(attended));
    return normalized(attended + linear(inner).to(at::kFloat));
  }

  at::Tensor attention(const at::Tensor &input, const at::Tensor &mask) {
    auto texts = input.size(0), length = input.size(1), hidden = input.size(2), width = hidden / heads_;
    auto low = input.to(type_);
    auto by_heads = [&](const at::Tensor &all) {
      return all.reshape({texts, length, heads_, width}).transpose(1, 2);
    };
    auto queries = by_heads(linear(low)) * (1 / std::sqrt(static_cast<double>(width)));
    auto keys = by_heads(linear(low)), values = by_heads(linear(low));
    auto scores = at::matmul(queries, keys.transpose(2, 3));
    if (mask.defined()) scores = scores + mask;
    return at::matmul(scores.softmax(-1), values).transpose(1, 2).reshape({texts, length, hidden});
  }
};

}  // namespace

int ctorch_transformer_means(const CTorchTensor *embedded, const CTorchTensor *lengths,
                             CTorchTensor *const *parameters, int64_t count, int64_t heads, double epsilon,
                             bool is_exact, CTorchTensor **out) {
  return ctorch::make(out, [&] {
    TORCH_CHECK(heads > 0 && embedded->value.size(2) % heads == 0, heads, " heads over ", embedded->value.sizes());
    return TransformerNetwork(parameters, count, heads, epsilon, is_exact).means(embedded->value, lengths->value);
  });
}
