#include "support/loader_log.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <regex>
#include <string_view>

namespace minbtf::test {

namespace {

std::vector<std::string>* log_lines = nullptr;  // libbpf's messages have one receiver in a process

int keep_line(enum libbpf_print_level, const char* format, va_list arguments) {
  // Lines of more than this are specs with many candidates, which are not looked at.
  std::array<char, 4096> buffer;
  std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  log_lines->emplace_back(buffer.data());
  return 0;
}

/// While it lives libbpf's messages go to `lines`.
class Listener {
 public:
  explicit Listener(std::vector<std::string>& lines) {
    log_lines = &lines;
    previous_ = libbpf_set_print(keep_line);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { libbpf_set_print(previous_); }

 private:
  libbpf_print_fn_t previous_ = nullptr;
};

bool contains(const std::string& line, std::string_view part) { return line.find(part) != std::string::npos; }

/// About an outcome, not about candidates and specs, whose ids and indices differ in another BTF.
bool tells_outcome(const std::string& line) {
  static constexpr std::array<std::string_view, 9> parts = {"patched insn",
                                                            "substituting insn",
                                                            "failed",
                                                            "ambiguity",
                                                            "accesses field incorrectly",
                                                            "unexpected",
                                                            "no matching targets found",
                                                            "value too big",
                                                            "error matching candidate"};
  for (const std::string_view part : parts) {
    if (contains(line, part)) return true;
  }
  return false;
}

/// Reads the debug lines of one load.
void read_lines(const std::vector<std::string>& lines, LoaderLog& out) {
  static const std::regex about_relocation(R"(^libbpf: prog '([^']*)': relo #\d+: (.*))");
  static const std::regex patched(R"(^patched insn #(\d+) \([A-Z0-9/]+\) (?:imm|off|imm64) \d+ -> (\d+))");
  static const std::regex poisoned(R"(^substituting insn #(\d+) )");
  static const std::regex bracket(R"(\[\d+\])");
  bool is_type_id = false;
  for (const std::string& line : lines) {
    std::smatch match;
    if (!std::regex_search(line, match, about_relocation)) continue;
    const std::string program = match[1];
    const std::string message = match[2];
    if (message.starts_with('<')) is_type_id = message.starts_with("<target_type_id>");
    if (!tells_outcome(message)) continue;
    std::string kept = std::regex_replace(match[0].str(), bracket, "[]");
    // Ids stand in the text here, too: "success 44859 != success 33688".
    if (const std::size_t ids = kept.find("decision ambiguity"); is_type_id && ids != std::string::npos) {
      kept.resize(ids);
    }
    std::smatch insn;
    if (std::regex_search(message, insn, patched)) {
      if (is_type_id) {
        kept.resize(kept.rfind("->"));
      } else {
        out.patches[{program, static_cast<std::uint32_t>(std::stoul(insn[1]))}] = {false, std::stoull(insn[2])};
      }
    } else if (std::regex_search(message, insn, poisoned)) {
      out.patches[{program, static_cast<std::uint32_t>(std::stoul(insn[1]))}] = {true, 0};
    }
    out.lines.push_back(std::move(kept));
  }
}

struct ObjectDeleter {
  void operator()(struct bpf_object* object) const noexcept { bpf_object__close(object); }
};

void choose_programs(struct bpf_object* loaded, const BpfObject& object, bool every_second, LoaderLog& out) {
  struct bpf_program* program = nullptr;
  bool on = false;
  std::map<std::string, bool> autoload;
  while ((program = bpf_object__next_program(loaded, program)) != nullptr) {
    if (every_second) {
      on = !on;
      bpf_program__set_autoload(program, on);
    }
    autoload[bpf_program__name(program)] = bpf_program__autoload(program);
  }
  for (const Program& each : object.programs()) {
    // What libbpf does not list is a subprogram, and relocated always.
    const auto found = autoload.find(each.name);
    out.programs.push_back(found == autoload.end() || found->second);
  }
}

}  // namespace

bool can_load_bpf() {
  if (geteuid() != 0) return false;
  std::vector<std::string> ignored;
  const Listener listener(ignored);
  return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SOCKET_FILTER, nullptr) == 1;
}

LoaderLog load_with_btf(const std::vector<std::uint8_t>& elf, const BpfObject& object, const std::string& btf_path,
                        bool every_second) {
  LoaderLog out;
  std::vector<std::string> lines;
  {
    const Listener listener(lines);
    struct bpf_object_open_opts options = {};
    options.sz = sizeof options;
    options.object_name = "oracle";
    options.btf_custom_path = btf_path.c_str();
    const std::unique_ptr<struct bpf_object, ObjectDeleter> loaded(
        bpf_object__open_mem(elf.data(), elf.size(), &options));
    if (!loaded) return out;
    out.opened = true;
    choose_programs(loaded.get(), object, every_second, out);
    bpf_object__load(loaded.get());
  }
  read_lines(lines, out);
  return out;
}

}  // namespace minbtf::test
