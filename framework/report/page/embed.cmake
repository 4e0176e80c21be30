# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT, a C++ source that holds files as text:
#   cmake -DOUTPUT=page_files.cpp -DPAGE=page.html -DSTYLE=style.css -DSCRIPTS="a.js|b.js" -DLIBRARY=d3.min.js -P embed.cmake
set(source "// Made by framework/report/page/embed.cmake.\n#include \"framework/report/detail/page_files.h\"\n\nnamespace insula::report {\n")
foreach(constant IN ITEMS Page Style Scripts Library)
  string(TOUPPER ${constant} variable)
  string(REPLACE "|" ";" files "${${variable}}")
  set(text "")
  foreach(file IN LISTS files)
    file(READ "${file}" content)
    string(APPEND text "${content}\n")
  endforeach()
  if(text MATCHES "\\)page_file\"")
    message(FATAL_ERROR "${files} holds the mark that ends an embedded file")
  endif()
  string(APPEND source "\nconst std::string_view k${constant} = R\"page_file(${text})page_file\";\n")
endforeach()
file(WRITE "${OUTPUT}" "${source}\n}  // namespace insula::report\n")
