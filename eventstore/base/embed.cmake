# mlup_embed(library symbol file): a library that holds a file's bytes between <symbol>_begin and <symbol>_end.
function(mlup_embed library symbol file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${library}.S)
  set(EMBED_SYMBOL ${symbol})
  set(EMBED_FILE ${file})
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed.S.in ${source} @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  add_library(${library} STATIC ${source})
endfunction()
