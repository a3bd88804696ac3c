// SPDX-License-Identifier: BSD-2-Clause
#include "io/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include "io/interrupt.hpp"

namespace minbtf::io {

namespace {

void run_pipeline(std::size_t jobs, const std::function<std::optional<Task>()>& next) {
  if (jobs == 1) {
    // The start of oneTBB takes a millisecond, which one thread does not need.
    while (const std::optional<Task> task = next()) (*task)();
    return;
  }
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  const auto take = [&](tbb::flow_control& control) -> std::shared_ptr<Task> {
    std::optional<Task> task = next();
    if (task) return std::make_shared<Task>(std::move(*task));
    control.stop();
    return nullptr;
  };
  const auto work = [](const std::shared_ptr<Task>& task) { (*task)(); };
  arena.execute([&] {
    tbb::parallel_pipeline(jobs,
                           tbb::make_filter<void, std::shared_ptr<Task>>(tbb::filter_mode::serial_in_order, take) &
                               tbb::make_filter<std::shared_ptr<Task>, void>(tbb::filter_mode::parallel, work));
  });
}

}  // namespace

std::size_t usable_cpus() { return static_cast<std::size_t>(tbb::info::default_concurrency()); }

void run_tasks(std::size_t jobs, const std::function<std::optional<Task>()>& next) {
  // Workers must block interrupting signals. Otherwise a handler in an idle worker could end the process later, while
  // the caller is in a step that must not be interrupted. oneTBB creates threads at any time and keeps them. They
  // inherit the signal mask, so the pipeline runs in a thread that is created with the signals blocked.
  std::exception_ptr thrown;
  std::thread pipeline;
  {
    const io::InterruptsBlocked blocked;
    pipeline = std::thread([&] {
      try {
        run_pipeline(jobs, next);
      } catch (...) {
        thrown = std::current_exception();
      }
    });
  }
  pipeline.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace minbtf::io
