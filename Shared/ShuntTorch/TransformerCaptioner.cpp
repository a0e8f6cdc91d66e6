// A transformer's decoder (Vaswani et al. 2017) that looks at the places of a picture, normalised before each part (Xiong et
// al. 2020), with autograd. Its output shares the embedding (Press and Wolf 2017).
#include "Captioners.hpp"

#include <cmath>
#include <limits>

namespace {

class TransformerCaptioner : ctorch::Captioner {
 public:
  TransformerCaptioner(CTorchTensor *const *parameters, int64_t count, int64_t heads, double dropout,
                       CTorchGenerator *generator_or_null)
      : Captioner(parameters, count, dropout, generator_or_null), heads_(heads) {}

  at::Tensor logits(const at::Tensor &grids, const at::Tensor &tokens) {
    auto places = dropped(normalized(linear(grids)));
    const auto &embedding = parameter(), &positions = parameter();
    const auto length = tokens.size(1);
    TORCH_CHECK(length <= positions.size(0), length, " tokens, the positions are ", positions.size(0));
    auto width = std::sqrt(static_cast<double>(embedding.size(1)));
    auto hidden = dropped(at::embedding(embedding, tokens) * width + positions.narrow(0, 0, length));
    auto later = at::ones({length, length}, at::kBool).triu(1);
    while (left() > 3) hidden = layer(hidden, places, later);
    auto result = at::linear(dropped(normalized(hidden)), embedding, parameter());
    check_end();
    return result;
  }

 private:
  int64_t heads_;

  at::Tensor normalized(const at::Tensor &input) {
    const auto &scale = parameter(), &shift = parameter();
    return at::layer_norm(input, scale.sizes(), scale, shift);
  }

  // Of the tokens so far, of the picture's places, and the inner layer: before each its normalisation's scale and shift;
  // weight and bias of queries, keys and values in one, and of what follows; of queries, of keys and values in one, and of
  // what follows; of the inner and of the outer layer.
  at::Tensor layer(const at::Tensor &input, const at::Tensor &places, const at::Tensor &later) {
    auto own = linear(normalized(input)).chunk(3, -1);
    auto hidden = input + dropped(linear(attention(own[0], own[1], own[2], later)));
    auto queries = linear(normalized(hidden));
    auto picture = linear(places).chunk(2, -1);
    hidden = hidden + dropped(linear(attention(queries, picture[0], picture[1], {})));
    auto inner = at::gelu(linear(normalized(hidden)));
    return hidden + dropped(linear(inner));
  }

  at::Tensor attention(const at::Tensor &queries, const at::Tensor &keys, const at::Tensor &values,
                       const at::Tensor &hidden_places) {
    auto by_heads = [&](const at::Tensor &all) {
      return all.reshape({all.size(0), all.size(1), heads_, all.size(2) / heads_}).transpose(1, 2);
    };
    auto width = static_cast<double>(queries.size(2)) / static_cast<double>(heads_);
    auto scores = at::matmul(by_heads(queries), by_heads(keys).transpose(2, 3)) * (1 / std::sqrt(width));
    if (hidden_places.defined()) {
      scores = scores.masked_fill(hidden_places, -std::numeric_limits<float>::infinity());
    }
    return at::matmul(scores.softmax(-1), by_heads(values)).transpose(1, 2).reshape(queries.sizes());
  }
};

}  // namespace

int ctorch_transformer_captioner(const CTorchTensor *grids, const CTorchTensor *tokens,
                                 CTorchTensor *const *parameters, int64_t count, int64_t heads, double dropout,
                                 CTorchGenerator *generator_or_null, CTorchTensor **out) {
  return ctorch::make(out, [&] {
    TORCH_CHECK(heads > 0, "a transformer needs a head");
    return TransformerCaptioner(parameters, count, heads, dropout, generator_or_null)
        .logits(grids->value, tokens->value);
  });
}
