// SPDX-License-Identifier: BSD-2-Clause
// The commands of README.md, run in their order on forged kernels. Numbers may differ, the form may not.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "elf/elf_file.hpp"
#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

const fs::path source_dir = TEST_SOURCE_DIR;

/// Types that the programs in examples/ use, as kernels declare them. Only global variables make clang write BTF.
constexpr const char* kernel_source = R"(
typedef unsigned int __kernel_dev_t;
typedef __kernel_dev_t dev_t;
struct ns_common { unsigned int inum; };
struct pid_namespace { int level; struct ns_common ns; };
struct nsproxy { int count; struct pid_namespace *pid_ns_for_children; };
struct task_struct {
#ifdef BEFORE_5_14
  volatile long state;
#else
  unsigned int __state;
#endif
  int pid, tgid;
  struct task_struct *real_parent;
  char comm[16];
  struct nsproxy *nsproxy;
};
struct linux_binprm { int argc; const char *filename; };
struct qstr { unsigned long hash_len; const unsigned char *name; };
struct super_block { long s_list[2]; dev_t s_dev; };
struct inode { struct super_block *i_sb; unsigned long i_ino; };
struct dentry { struct qstr d_name; struct inode *d_inode; };
struct path { void *mnt; struct dentry *dentry; };
#ifdef ON_X86
struct pt_regs { unsigned long si; unsigned long di; };
#else
struct pt_regs { unsigned long uregs[18]; };
#endif
struct sock_common { unsigned int skc_daddr; unsigned short skc_dport, skc_num, skc_family; };
struct sock { struct sock_common __sk_common; };
struct pid_namespace a; struct nsproxy b; struct task_struct c; struct linux_binprm d; struct qstr e;
struct super_block f; struct inode g; struct dentry h; struct path i; struct pt_regs j; struct sock k;
)";

/// The kernels of README.md's sample.
struct ForgedKernel {
  const char* path;
  bool before_5_14;
};
constexpr ForgedKernel forged_kernels[] = {
    {"android/12/arm64/a12-5.10-2021-09-arm64", true},
    {"android/12/arm64/a12-5.10-2021-11-arm64", true},
    {"android/12/arm64/a12-5.10-2022-07-arm64", true},
    {"android/13/arm64/a13-5.10-2022-04-arm64", true},
    {"android/13/arm64/a13-5.10-2022-11-arm64", true},
    {"bclinux/21.10U3/x86_64/4.19.90-2107.6.0.0248.35.oe1.bclinux.x86_64", true},
    {"centos/8/arm64/4.18.0-147.5.1.el8_1.aarch64", true},
    {"debian/12/arm64/6.1.0-50-arm64", false},
    {"debian/12/armhf/6.1.0-50-armmp", false},
    {"debian/12/x86_64/6.1.0-47-amd64", false},
    {"debian/12/x86_64/6.1.0-50-amd64", false},
    {"debian/12/x86_64/6.1.0-55-cloud-amd64", false},
    {"debian/12/x86_64/6.12.100+deb12-amd64", false},
    {"debian/12/x86_64/6.12.117+deb12-cloud-amd64", false},
    {"kylin/V10/arm64/4.19.90-24.4.v2101.ky10.aarch64", true},
};

/// A directory like a checkout after `./run demo`: the compiled programs of examples/, the tool in PATH, kernels.
class Checkout {
 public:
  Checkout() {
    fs::create_directories(directory_.path() / "build/examples");
    for (const auto& entry : fs::directory_iterator(source_dir / "examples")) {
      const fs::path source = entry.path();
      if (source.string().ends_with(".bpf.c"))
        compile({source.string()}, "build/examples/" + source.stem().string() + ".o");
    }
    fs::create_directory(directory_.path() / "bin");
    fs::create_symlink(TEST_BINARY, directory_.path() / "bin/min-btf");
    const std::string source = directory_.write("kernel.c", kernel_source);
    for (const ForgedKernel& kernel : forged_kernels) put_kernel(source, kernel);
  }

  [[nodiscard]] CommandResult run(const std::string& command) const {
    CommandOptions options;
    options.directory = directory_.path().string();
    return run_command({"sh", "-c", "PATH=$PWD/bin:$PATH:/usr/sbin; " + command}, options);
  }

  /// Kernel of the machine that README.md was written on: stands for /sys/kernel/btf/vmlinux.
  [[nodiscard]] std::string running_kernel() const { return directory_.file("6.1.0-50-amd64.btf"); }

 private:
  void compile(std::vector<std::string> arguments, const std::string& object) const {
    std::vector<std::string> command =
        joined({TEST_CLANG, "-target", "bpfel", "-mcpu=v3", "-g", "-O2", "-c"}, arguments);
    command.insert(command.end(), {"-o", directory_.file(object)});
    const CommandResult result = run_command(command);
    INFO(result.err);
    REQUIRE(result.status == 0);
  }

  void put_kernel(const std::string& source, const ForgedKernel& kernel) const {
    const fs::path path = directory_.path() / "kernels" / kernel.path;
    const std::string name = path.filename().string() + ".btf";
    std::vector<std::string> arguments = {source};
    if (kernel.before_5_14) arguments.emplace_back("-DBEFORE_5_14");
    if (path.parent_path().filename() == "x86_64") arguments.emplace_back("-DON_X86");
    compile(arguments, "kernel.o");
    const std::string object = contents_of(directory_.file("kernel.o"));
    const std::vector<std::uint8_t> bytes(object.begin(), object.end());
    const auto elf = minbtf::elf::ElfFile::from_memory(bytes, "kernel.o");
    const std::string btf = directory_.write(name, elf.section(".BTF")->data);
    fs::create_directories(path.parent_path());
    REQUIRE(run("tar -cJf '" + path.string() + ".btf.tar.xz' '" + name + "'").status == 0);
  }

  TempDir directory_;
};

/// A command of a session, and the lines that it prints.
struct Step {
  std::string command;
  std::string output;
};

/// The fenced blocks of one language.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::vector<std::string> found;
  bool inside = false;
  for (const std::string& line : lines_in(contents_of(source_dir / page))) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + "\n";
    } else if (line == "```" + language) {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

std::vector<Step> sessions(const std::string& page) {
  std::vector<Step> steps;
  for (const std::string& block : blocks(page, "console")) {
    for (const std::string& line : lines_in(block)) {
      if (line.starts_with("$ ")) {
        steps.push_back({line.substr(2), ""});
      } else {
        REQUIRE_FALSE(steps.empty());
        steps.back().output += line + "\n";
      }
    }
  }
  return steps;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// A pattern for output of this form: any numbers and units of size, any lines for a line `...`.
std::regex form_of(const std::string& output) {
  std::string pattern;
  for (const std::string& line : lines_in(output)) {
    if (line == "...") {
      pattern += "(.*\n)*";
      continue;
    }
    std::string escaped = std::regex_replace(line, std::regex(R"([.^$|()\[\]{}*+?\\])"), R"(\$&)");
    escaped = std::regex_replace(escaped, std::regex("[0-9]+ (bytes|kB|MB)|[0-9]+\\\\.[0-9]+ (kB|MB)"), "@");
    escaped = std::regex_replace(escaped, std::regex("[0-9]+"), "[0-9]+");
    pattern += replace_all(escaped, "@", "[0-9.]+ (bytes|kB|MB)") + "\n";
  }
  return std::regex(pattern);
}

}  // namespace

TEST_CASE("README: each command prints what the page shows, but for numbers") {
  const Checkout checkout;
  const std::vector<Step> steps = sessions("README.md");
  REQUIRE(steps.size() >= 7);
  for (Step step : steps) {
    const std::string running = "/sys/kernel/btf/vmlinux";
    step.command = replace_all(step.command, running, checkout.running_kernel());
    const CommandResult result = checkout.run(step.command + " 2>&1");
    const std::string printed = replace_all(result.out, checkout.running_kernel(), running);
    INFO("$ " << step.command << "\n" << printed << "README.md has:\n" << step.output);
    CHECK((result.status == 0 || result.status == 3));
    CHECK(std::regex_match(printed, form_of(step.output)));
  }
}

TEST_CASE("README: the line that copies the running kernel makes a directory that gen takes") {
  const Checkout checkout;
  std::string command;
  for (const std::string& block : blocks("README.md", "sh")) {
    for (const std::string& line : lines_in(block)) {
      if (line.starts_with("mkdir ")) command = line;
    }
  }
  REQUIRE_FALSE(command.empty());
  command = replace_all(command, "/sys/kernel/btf/vmlinux", checkout.running_kernel());
  command = replace_all(command, "kernels/", "own/");
  REQUIRE(checkout.run(command).status == 0);
  const CommandResult result = checkout.run("min-btf gen own own-btfs build/examples");
  INFO(result.err);
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("own -> own-btfs: 1 kernel, "));
}

TEST_CASE("README: commands do not overwrite each other's output") {
  std::vector<std::string> outputs;
  const std::regex gen("min-btf gen (--[^ ]+ |'[^']+' )*[^ ]+ ([^ ]+) .*");
  for (const Step& step : sessions("README.md")) {
    std::smatch match;
    if (!std::regex_match(step.command, match, gen)) continue;
    outputs.push_back(match[2]);
  }
  REQUIRE(outputs.size() >= 2);
  const std::size_t all = outputs.size();
  std::sort(outputs.begin(), outputs.end());
  outputs.erase(std::unique(outputs.begin(), outputs.end()), outputs.end());
  CHECK(outputs.size() == all);
}

TEST_CASE("README: its library example is part of a program that the tests run") {
  const std::vector<std::string> code = blocks("README.md", "cpp");
  REQUIRE(code.size() == 1);
  const std::string program = contents_of(source_dir / "examples/reduce.cpp");
  for (const std::string& line : lines_in(code[0])) CHECK_THAT(program, Catch::Contains(line));
}
