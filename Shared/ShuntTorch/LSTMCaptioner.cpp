// An LSTM that looks at the places of a picture (Lu et al. 2017, "Knowing When to Look", section 2.1, without the sentinel;
// scores are products instead of a layer of their own), with autograd. Attention follows the step, so that all steps of
// a caption that is known compute together.
#include "Captioners.hpp"

#include <cmath>

namespace {

class LSTMCaptioner : ctorch::Captioner {
 public:
  using Captioner::Captioner;

  at::Tensor logits(const at::Tensor &grids, const at::Tensor &tokens) {
    auto values = at::relu(linear(grids));
    auto image = at::relu(linear(grids.mean(1)));
    auto input = dropped(at::embedding(parameter(), tokens) + image.unsqueeze(1));
    const auto &weights = parameter(), &recurrent = parameter(), &biases = parameter();
    auto start = at::zeros({1, input.size(0), recurrent.size(1)}, input.options());
    auto outputs = std::get<0>(at::lstm(input, {start, start}, {weights, recurrent, biases, at::zeros_like(biases)},
                                        /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0, /*train=*/true,
                                        /*bidirectional=*/false, /*batch_first=*/true));
    auto scores = at::matmul(linear(outputs), values.transpose(1, 2));
    auto attention = (scores * (1 / std::sqrt(static_cast<double>(values.size(2))))).softmax(-1);
    auto result = linear(dropped(outputs + at::matmul(attention, values)));
    check_end();
    return result;
  }
};

}  // namespace

int ctorch_lstm_captioner(const CTorchTensor *grids, const CTorchTensor *tokens, CTorchTensor *const *parameters,
                          int64_t count, double dropout, CTorchGenerator *generator_or_null, CTorchTensor **out) {
  return ctorch::make(out, [&] {
    return LSTMCaptioner(parameters, count, dropout, generator_or_null).logits(grids->value, tokens->value);
  });
}
