// What an answer stood on: the parts of the target that a walk had to see for libbpf to decide as it did.
//
// A minimal trace holds what the answer needs if everything else is left out. A thorough one also holds what was
// tried and rejected on the way (a member of the right name and the wrong type, the last member that keeps a
// zero-length array from being flexible): with that kept, the walk takes the same turns whatever else is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace minbtf::core {

struct Need {
  enum class What : std::uint8_t {
    type,               ///< the type itself; types that it names follow, pointees do not
    pointee,            ///< what the pointer `id` points to
    member,             ///< member `n` of composite `id`
    enumerator,         ///< enumerator `n` of enum `id`
    least_members,      ///< at least `n` members of composite `id`, whichever
    least_enumerators,  ///< at least `n` enumerators of enum `id`, whichever
    pointer_size,       ///< the INT that tells the size of a pointer
  };
  What what = What::type;
  std::uint32_t id = 0;
  std::uint32_t n = 0;
};

class Trace {
 public:
  explicit Trace(bool thorough) : thorough_(thorough) {}

  [[nodiscard]] bool thorough() const noexcept { return thorough_; }
  void add(Need::What what, std::uint32_t id, std::uint32_t n = 0) { needs_.push_back({what, id, n}); }

  [[nodiscard]] std::size_t mark() const noexcept { return needs_.size(); }
  /// Forgets a turn that led nowhere; a thorough trace remembers it.
  void rollback(std::size_t mark) {
    if (!thorough_) needs_.resize(mark);
  }
  /// A member of the right name and the wrong type was passed by. Where less is left it may be gone, or fit.
  void note_detour() noexcept { has_detour_ = true; }
  [[nodiscard]] bool has_detour() const noexcept { return has_detour_; }

  [[nodiscard]] const std::vector<Need>& needs() const noexcept { return needs_; }

 private:
  bool thorough_;
  bool has_detour_ = false;
  std::vector<Need> needs_;
};

}  // namespace minbtf::core
