#include "cli/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <span>

#include "io/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

void write_text(int fd, std::string_view text, const char* name) {
  io::write_all(fd, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), name);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  return line;
}

void print_message(std::string_view level, std::string_view message) {
  print_to_stderr(fmt::format("min-btf: {}: {}\n", level, printable(message)));
}

void print_to_stderr(std::string_view text) {
  try {
    write_text(STDERR_FILENO, text, "stderr");
  } catch (const Error&) {  // the exit status still tells
  }
}

void print_to_stdout(std::string_view text) { write_text(STDOUT_FILENO, text, "stdout"); }

}  // namespace minbtf::cli
