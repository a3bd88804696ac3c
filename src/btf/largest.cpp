#include "btf/largest.hpp"

namespace minbtf::btf {

namespace {

/// Words of an element; -1: there is none.
struct Columns {
  Tail tail;
  std::size_t words;
  int name;
  int type;
};

constexpr std::array<Columns, 5> columns = {{{Tail::members, 3, 0, 1},
                                             {Tail::params, 2, 0, 1},
                                             {Tail::enumerators, 2, 0, -1},
                                             {Tail::wide_enumerators, 3, 0, -1},
                                             {Tail::variables, 3, -1, 0}}};

}  // namespace

constexpr std::array<std::array<LargestOfBlocks::Mask, LargestOfBlocks::counts>, LargestOfBlocks::tails>
    LargestOfBlocks::masks = [] {
      std::array<std::array<Mask, counts>, tails> all{};
      const auto set = [](std::array<std::uint32_t, block_words>& mask, std::size_t element, int column) {
        const std::size_t word = element + static_cast<std::size_t>(column);
        if (column >= 0 && word < block_words) mask[word] = any;
      };
      for (const Columns& each : columns) {
        for (std::size_t count = 0; count < counts; ++count) {
          Mask& mask = all[static_cast<std::size_t>(each.tail)][count];
          for (std::size_t i = 0; i < count; ++i) {
            set(mask.names, i * each.words, each.name);
            set(mask.types, i * each.words, each.type);
          }
        }
      }
      // type and index_type, whatever vlen says
      for (Mask& mask : all[static_cast<std::size_t>(Tail::array)]) mask.types[0] = mask.types[1] = any;
      return all;
    }();

}  // namespace minbtf::btf
