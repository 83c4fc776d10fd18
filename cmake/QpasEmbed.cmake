# SPDX-License-Identifier: BSD-3-Clause
# Makes a C source of files: cmake -DOUT=FILE "-DFILES=NAME=PATH|…" -P QpasEmbed.cmake
# Each NAME becomes an array and NAME_size.
set(text "/* SPDX-License-Identifier: BSD-3-Clause */\n/* Made by the build. */\n#include <stddef.h>\n")
string(REPLACE "|" ";" FILES "${FILES}")
foreach(item IN LISTS FILES)
	string(REGEX MATCH "^([a-z_]+)=(.*)$" matched "${item}")
	if(NOT matched)
		message(FATAL_ERROR "not NAME=PATH: '${item}'")
	endif()
	set(name ${CMAKE_MATCH_1})
	file(READ ${CMAKE_MATCH_2} bytes HEX)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
	string(APPEND text "extern const unsigned char ${name}[];\nextern const size_t ${name}_size;\n"
		"const unsigned char ${name}[] = {\n${bytes}\n};\nconst size_t ${name}_size = sizeof(${name});\n")
endforeach()
file(WRITE ${OUT} "${text}")
