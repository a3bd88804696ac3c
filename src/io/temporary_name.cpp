#include "io/temporary_name.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace fs = std::filesystem;

namespace minbtf::io {

namespace {

using namespace std::string_view_literals;

constexpr auto letters = "0123456789abcdefghijklmnopqrstuvwxyz"sv;
constexpr auto mark = ".min-btf."sv;
constexpr auto suffix = ".tmp"sv;
constexpr std::size_t random_letters = 6;
// Of the 255 bytes that a file name may have, what is added to NAME needs 20.
constexpr std::size_t max_kept_name = 230;
constexpr int max_attempts = 100;

}  // namespace

int create_beside(const fs::path& destination, const std::function<int(const fs::path&)>& create) {
  const std::string beginning = "." + destination.filename().string().substr(0, max_kept_name) + std::string(mark);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    // Not std::random_device: the processor's generator can take longer than writing a small file does.
    std::uint64_t random = 0;
    if (::getentropy(&random, sizeof(random)) != 0) return errno;
    std::string name = beginning;
    for (std::size_t i = 0; i < random_letters; ++i, random /= letters.size()) name += letters[random % letters.size()];
    name += suffix;
    const int error_number = create(destination.parent_path() / name);
    if (error_number != EEXIST) return error_number;
  }
  return EEXIST;
}

bool is_temporary_name(std::string_view name) noexcept {
  const std::size_t added = mark.size() + random_letters + suffix.size();
  // A dot, and at least one byte of NAME.
  if (name.size() < 2 + added || !name.starts_with('.') || !name.ends_with(suffix)) return false;
  const std::string_view end = name.substr(name.size() - added);
  return end.starts_with(mark) && end.substr(mark.size(), random_letters).find_first_not_of(letters) == end.npos;
}

}  // namespace minbtf::io
