// Compiled once for each set of instructions: included behind CLanes.h by who has KERNEL(name) and the target's attribute.

// e to the power of scale · x by 2ⁿ · 2ᶠ, |f| ≤ ½, 2ᶠ by its series up to f⁶. The power counts as at most 29 either way, so
// that products of three stay finite.
static ALWAYS_INLINE void KERNEL(exponential)(const Lanes *x, float scale, Lanes *out) {
  const Lanes most = (Lanes){} + 29.0f;
  const Lanes bounded = __builtin_elementwise_max(__builtin_elementwise_min(*x * scale, most), -most);
  const Lanes z = bounded * 1.44269504f;
  const Lanes shifted = z + 12582912.0f;  // 1.5 · 2²³ leaves the nearest whole number in the lowest bits.
  const Lanes f = (z - (shifted - 12582912.0f)) * 0.69314718f;
  Lanes power = f * 1.3888889e-3f + 8.3333333e-3f;
  power = power * f + 4.1666668e-2f;
  power = power * f + 1.6666667e-1f;
  power = power * f + 0.5f;
  power = power * f + 1.0f;
  power = power * f + 1.0f;
  *out = power * (Lanes)(((WholeLanes)shifted - 0x4B400000 + 127) << 23);
}
