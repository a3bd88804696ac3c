// The number of explanations and each of them: reason, subject, detail; then the troubles: how much the object's index
// is over that of the one before, relocation, program, status, failure, guard, number of the explanation. Numbers are
// LEB128, the shortest form; texts have their length before them.
#include "report/check_outcome.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace minbtf::report {

namespace {

constexpr std::uint64_t low_bits = 0x7f;
constexpr std::uint64_t more = 0x80;

class Encoder {
 public:
  void number(std::uint64_t value) {
    for (; value > low_bits; value >>= 7U) bytes_.push_back(static_cast<std::uint8_t>((value & low_bits) | more));
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Once something is wrong, all that follows is zero and is_good() false.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      if (rest_.empty()) return bad();
      const std::uint64_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= (byte & low_bits) << shift;
      if (byte < more) return byte == 0 && shift > 0 ? bad() : value;
    }
    return bad();
  }
  /// Up to `last`.
  template <typename Enum>
  Enum word(Enum last) {
    const std::uint64_t value = number();
    return static_cast<Enum>(value <= static_cast<std::uint64_t>(last) ? value : bad());
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) return std::string(bad(), ' ');
    const auto text = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(text.size());
    return {text.begin(), text.end()};
  }
  [[nodiscard]] bool is_good() const noexcept { return good_; }
  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

 private:
  std::uint64_t bad() noexcept {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::span<const std::uint8_t> rest_;
  bool good_ = true;
};

}  // namespace

std::vector<std::uint8_t> encode_troubles(std::span<const Trouble> troubles) {
  using Key = std::tuple<Reason, std::string_view, std::string_view>;
  std::map<Key, std::uint64_t> known;
  std::vector<const Explanation*> explanations;
  std::vector<std::uint64_t> numbers;
  for (const Trouble& trouble : troubles) {
    const Explanation& why = trouble.why;
    const auto [entry, is_new] = known.try_emplace(Key(why.reason, why.subject, why.detail), explanations.size());
    if (is_new) explanations.push_back(&why);
    numbers.push_back(entry->second);
  }
  Encoder out;
  out.number(explanations.size());
  for (const Explanation* why : explanations) {
    out.number(static_cast<std::uint64_t>(why->reason));
    out.text(why->subject);
    out.text(why->detail);
  }
  std::size_t object = 0;
  for (std::size_t i = 0; i < troubles.size(); ++i) {
    const Trouble& trouble = troubles[i];
    out.number(trouble.object - std::exchange(object, trouble.object));
    out.number(trouble.relocation);
    out.number(trouble.program);
    out.number(static_cast<std::uint64_t>(trouble.status));
    out.number(static_cast<std::uint64_t>(trouble.failure));
    out.number(static_cast<std::uint64_t>(trouble.guard));
    out.number(numbers[i]);
  }
  return out.take();
}

std::optional<std::vector<Trouble>> decode_troubles(std::span<const std::uint8_t> bytes) {
  Decoder in(bytes);
  std::vector<Explanation> explanations;
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) {
    Explanation why;
    why.reason = in.word(Reason::other);
    why.subject = in.text();
    why.detail = in.text();
    explanations.push_back(std::move(why));
  }
  std::vector<Trouble> troubles;
  std::size_t object = 0;
  while (in.is_good() && !in.is_at_end()) {
    Trouble trouble;
    trouble.object = object += in.number();
    trouble.relocation = in.number();
    trouble.program = in.number();
    trouble.status = in.word(Status::failed);
    trouble.failure = in.word(Failure::endless_type);
    trouble.guard = in.word(Guard::unreachable);
    const std::uint64_t number = in.number();
    if (number >= explanations.size()) return std::nullopt;
    trouble.why = explanations[number];
    troubles.push_back(std::move(trouble));
  }
  if (!in.is_good()) return std::nullopt;
  return troubles;
}

}  // namespace minbtf::report
