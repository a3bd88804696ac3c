#include "btf/scan.hpp"

#include <limits>

#include "btf/largest.hpp"
#include "btf/layout.hpp"
#include "btf/steps.hpp"
#include "wire/kinds.hpp"

namespace minbtf::btf {

namespace {

/// Over this, an offset is negative to LargestOfBlocks.
constexpr std::size_t most_in_blocks = std::numeric_limits<std::int32_t>::max();

/// Where `info` has its upper eight bits. The way from one record to the next begins there: a byte is there sooner.
template <bool swap>
constexpr std::size_t upper_byte = (wire::host_order == ByteOrder::little) != swap ? 7 : 4;

class Scanner {
 public:
  Scanner(const wire::ByteView& types, const wire::ByteView& layout, Index& index)
      : begin_(types.data()), end_(types.size()), layout_(layout), index_(index) {
    index.make_room(types.size());
    place_.offsets = index.offsets();
    place_.named = index.named();
    place_.offsets[0] = 0;
  }

  /// Goes on as long as records are plain and not near the end, where a block would reach too far. In host order only.
  void run_in_blocks() {
    constexpr std::size_t margin = wire::type_header_size + LargestOfBlocks::block_bytes;
    LargestOfBlocks blocks;
    Place place = place_;
    Largest largest;
    while (end_ - place.at >= margin) {
      const Record<false> record(begin_ + place.at);
      if (record.step.tail == Tail::unknown) break;
      // The record has its 12 bytes and a block behind them; a longer one has to be looked at.
      if (record.step.tail == Tail::integer) {
        index_.integers().push_back(place.id);
      } else {
        const bool fits = LargestOfBlocks::fits(record.step.tail, record.vlen);
        if (!fits && record.size > end_ - place.at) break;
        blocks.add(record.step.tail, record.tail, record.vlen);
        if (!fits) largest.add_tail<false>(record.step.tail, record.tail, record.vlen);
      }
      take(record, place, largest);
    }
    place_ = place;
    largest_.add(largest);
    largest_.add(blocks.largest());
  }

  /// The rest. False if a record does not lie within the types or is of a kind whose size nobody knows.
  template <bool swap>
  bool run_to_end() {
    while (place_.at < end_) {
      const std::size_t left = end_ - place_.at;
      if (left < wire::type_header_size) return false;
      Record<swap> record(begin_ + place_.at);
      if (record.step.tail == Tail::unknown) {
        const auto sizes = sizes_of_unknown(layout_, record.kind);
        if (!sizes) return false;
        record.size = wire::type_header_size + sizes->info_size + std::size_t{record.vlen} * sizes->elem_size;
      }
      if (record.size > left) return false;
      if (record.step.tail == Tail::integer) index_.integers().push_back(place_.id);
      largest_.add_tail<swap>(record.step.tail, record.tail, record.vlen);
      take(record, place_, largest_);
    }
    index_.id_end = place_.id;
    index_.named_count = static_cast<std::uint32_t>(place_.named - index_.named());
    return true;
  }

  [[nodiscard]] const Largest& largest() const noexcept { return largest_; }

 private:
  struct Place {
    std::size_t at = 0;
    std::uint32_t id = 1;
    std::uint32_t* offsets = nullptr;
    NamedType* named = nullptr;  ///< the next one
  };

  template <bool swap>
  struct Record {
    explicit Record(const std::uint8_t* bytes)
        : name(wire::load_u32<swap>(bytes)),
          third(wire::load_u32<swap>(bytes + 8)),
          tail(bytes + wire::type_header_size),
          step(steps[bytes[upper_byte<swap>]]) {
      const auto info = wire::load_u32<swap>(bytes + 4);
      kind = wire::info_kind(info);
      vlen = wire::info_vlen(info);
      size = step.fixed_size + std::size_t{vlen} * step.elem_size;  // vlen has 24 bits: the product fits
    }

    std::uint32_t name;
    std::uint32_t third;
    const std::uint8_t* tail;
    std::uint8_t kind;
    std::uint32_t vlen;
    const Step& step;
    std::size_t size;
  };

  template <bool swap>
  static void take(const Record<swap>& record, Place& place, Largest& largest) {
    place.offsets[place.id] = static_cast<std::uint32_t>(place.at);
    // Written always, counted if it is one: no branch that nobody can predict.
    *place.named = {.id = place.id, .name_off = record.name};
    place.named += static_cast<std::uint32_t>(record.step.is_named) & static_cast<std::uint32_t>(record.name != 0);
    largest.add({.name = record.name, .type = record.third & record.step.third_mask});
    ++place.id;
    place.at += record.size;
  }

  const std::uint8_t* begin_;
  std::size_t end_;
  const wire::ByteView& layout_;
  Index& index_;
  Place place_;
  Largest largest_;
};

}  // namespace

bool scan(const wire::ByteView& types, const wire::ByteView& layout, std::size_t string_bytes, Index& index) {
  Scanner scanner(types, layout, index);
  if (!types.is_swapped() && string_bytes <= most_in_blocks) scanner.run_in_blocks();
  const bool complete = types.is_swapped() ? scanner.run_to_end<true>() : scanner.run_to_end<false>();
  // Forward references are normal: ids can be judged only when all types are counted.
  return complete && scanner.largest().name < string_bytes && scanner.largest().type < index.id_end;
}

}  // namespace minbtf::btf
