// A bidirectional LSTM (Hochreiter and Schmidhuber 1997) over padded texts, with autograd.
#include "Handles.hpp"

namespace {

// One direction over all of `input`, [texts, length, dimension], each text from its place 0 on: the largest output of each
// unit over the places before the text's length. libtorch's packed form takes time that grows with the square of the
// length in its backward pass, so texts are padded, which changes nothing: a place sees only those before it.
at::Tensor maxima(const at::Tensor &input, const at::Tensor &is_token, CTorchTensor *const *parameters) {
  const auto &weights = parameters[0]->value, &recurrent = parameters[1]->value, &biases = parameters[2]->value;
  auto start = at::zeros({1, input.size(0), recurrent.size(1)}, input.options());
  auto outputs = std::get<0>(at::lstm(input, {start, start}, {weights, recurrent, biases, at::zeros_like(biases)},
                                      /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0, /*train=*/true,
                                      /*bidirectional=*/false, /*batch_first=*/true));
  // An output is above -1.
  return outputs.masked_fill(is_token.logical_not().unsqueeze(2), -2).amax(1);
}

at::Tensor both_maxima(const at::Tensor &input, const at::Tensor &lengths, CTorchTensor *const *parameters) {
  auto places = at::arange(input.size(1), lengths.options()).unsqueeze(0);
  auto is_token = places < lengths.unsqueeze(1);
  // The last token first; what is behind a text's length stays there.
  auto turned = at::where(is_token, lengths.unsqueeze(1) - 1 - places, places);
  auto backward = input.gather(1, turned.unsqueeze(2).expand_as(input));
  return at::cat({maxima(input, is_token, parameters), maxima(backward, is_token, parameters + 3)}, 1);
}

}  // namespace

int ctorch_lstm_maxima(const CTorchTensor *input, const CTorchTensor *lengths, CTorchTensor *const *parameters,
                       CTorchTensor **out) {
  return ctorch::make(out, [&] { return both_maxima(input->value, lengths->value, parameters); });
}
