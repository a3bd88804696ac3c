# SPDX-License-Identifier: BSD-2-Clause
# Writes a C++ file with the commit that is built. Each build runs this script.
#
#     cmake -DSOURCE_DIR=DIR -DOUTPUT=FILE -P commit.cmake
#
# The commit is empty if SOURCE_DIR is not the top of a git working tree, such as a release's source that is unpacked
# inside another project. OUTPUT is written only if it changes, so that only then it is compiled again.
cmake_minimum_required(VERSION 3.22)

function(git result)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=GIT_DIR --unset=GIT_WORK_TREE --unset=GIT_INDEX_FILE
            git --no-optional-locks -C ${SOURCE_DIR} ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    set(output)
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

set(commit)
if(EXISTS ${SOURCE_DIR}/.git)
  git(inside rev-parse --show-prefix HEAD)  # two lines, of which the first is empty at the top of the working tree
  if(inside MATCHES "^\n")
    git(commit rev-parse --short=12 HEAD)
    git(changes status --porcelain --untracked-files=no)
    if(commit AND changes)
      string(APPEND commit "-dirty")
    endif()
  endif()
endif()

set(text "// Written by src/cmake/commit.cmake.
#include \"cli/commit.hpp\"

const char* minbtf::cli::commit() noexcept { return \"${commit}\"; }
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT "${before}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
