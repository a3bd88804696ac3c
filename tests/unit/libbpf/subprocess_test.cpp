// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/subprocess.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "io/read/file_descriptor.hpp"
#include "support/error_text.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

using libbpf::ProcessEnd;
using libbpf::ProcessMaker;
using libbpf::run_apart;
using libbpf::Say;

TEST_CASE("subprocess: the output of a subprocess is kept, and a crash, a kill or a timeout is reported") {
  const std::string much(1'000'000, 'x');
  CHECK(run_apart([&](const Say& say) { say(much); }, 10).text == much);
  CHECK(run_apart([](const Say&) {}, 10).lost.empty());
  const ProcessEnd crashed = run_apart(
      [](const Say& say) {
        say("so far");
        std::raise(SIGSEGV);
      },
      10);
  CHECK(crashed.text == "so far");
  CHECK(crashed.lost == "crashed: Segmentation fault");
  CHECK(run_apart([](const Say&) { std::raise(SIGKILL); }, 10).lost == "killed: Killed");
  const auto endless = [](const Say&) {
    volatile bool goes_on = true;
    while (goes_on) continue;
  };
  CHECK(run_apart(endless, 1).lost == "did not come back within 1 s of processor time");
  CHECK_THROWS_AS(run_apart([](const Say&) { throw std::bad_alloc(); }, 10), std::bad_alloc);
  CHECK(error_text([] { static_cast<void>(run_apart([](const Say&) { throw std::runtime_error("no"); }, 10)); }) ==
        "internal: --oracle=libbpf: a process failed");
}

TEST_CASE("subprocess: many threads can run processes at once, each with its own files") {
  const ProcessMaker processes([](std::span<const io::FileDescriptor> files) {
    std::array<char, 16> text{};
    const ssize_t size = ::pread(files[0].get(), text.data(), text.size(), 0);
    const std::string all(text.data(), static_cast<std::size_t>(size));
    if (all == "die") std::raise(SIGKILL);
    // This process has one thread, so it may start others.
    return std::to_string(files.size()) + run_apart([&](const Say& say) { say(all); }, 10).text;
  });
  const TempDir directory;
  std::vector<std::string> answers(40);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] {
      const std::string path = directory.write("file" + std::to_string(i), "text " + std::to_string(i));
      const io::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      answers[i] = processes.run(std::array{file.get()});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < answers.size(); ++i) CHECK(answers[i] == "1text " + std::to_string(i));
  const io::FileDescriptor last(::open(directory.write("last", "die").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(error_text([&] { static_cast<void>(processes.run(std::array{last.get()})); }) ==
        "internal: --oracle=libbpf: lost a process that runs libbpf");
}

}  // namespace minbtf::test
